/** Scripts in which a host name is shown, each alone. Others, which few can read, appear encoded. */
const ALONE = [
  ...['Arabic', 'Armenian', 'Bengali', 'Cyrillic', 'Devanagari', 'Ethiopic', 'Georgian', 'Greek'],
  ...['Gujarati', 'Gurmukhi', 'Hebrew', 'Kannada', 'Khmer', 'Lao', 'Malayalam', 'Myanmar', 'Oriya'],
  ...['Sinhala', 'Tamil', 'Telugu', 'Thai'],
].map((script) => `\\p{Script=${script}}`);

/** Scripts that one language mixes; without Latin letters, among which some signs look like a slash. */
const TOGETHER = [
  String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々`,
  String.raw`\p{Script=Han}\p{Script=Hangul}`,
];

const READABLE = new RegExp(
  `^(?:${[...ALONE, ...TOGETHER].map((set) => `[${set}\\p{M}\\d-]+`).join('|')})$`,
  'u',
);

/** Latin letters with accents, and those that differ from every other letter. */
const LATIN = /^[a-zßæœøþð\d-]+$/;

/** Marks below a letter, which the line under a link hides, and strokes through it. */
const HIDDEN_MARK = /[\u0316-\u0319\u031c-\u0320\u0323-\u0325\u0329-\u0338\u0339-\u033c]/u;

/**
 * Letters that look like Latin ones in most fonts. A label that has no other letters can imitate a
 * Latin name (https://www.unicode.org/reports/tr39/#Confusable_Detection).
 */
const IMITATING = /^[асԁеһіјӏорԛѕԝхуүұғқҡңъьҽпгѵѡмктвнԍҥѐᴦαικνρυωηοτεγχհօոսցզգլքյаһѳ\p{M}\d-]+$/u;

/** A label of these alone looks like a slash or a dash. */
const SIGNS = /^[ノ丿ー一〳〵ソﾉ]+$/u;

/**
 * Returns the host of an address as it can be displayed: as written, unless it mixes scripts or
 * imitates Latin letters; then in the form that browsers resolve (`xn--…`).
 * @param written the host in the text, without port
 * @param resolved the same, as parsed by URL
 */
export function shownHost(written: string, resolved: string): string {
  if (/^[\x21-\x7e]+$/.test(written)) return written;
  const isHonest = resolved.includes('xn--') && written.toLowerCase().split('.').every(isHonestLabel);
  return isHonest ? written : resolved;
}

function isHonestLabel(label: string): boolean {
  const decomposed = label.normalize('NFD');
  const withoutAccents = decomposed.replaceAll(/\p{M}/gu, '');
  if (LATIN.test(withoutAccents)) return label === label.normalize('NFKC') && !HIDDEN_MARK.test(decomposed);
  return READABLE.test(label) && !IMITATING.test(decomposed) && !SIGNS.test(label);
}
