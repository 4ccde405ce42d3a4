/** Scripts in which a host name is shown, each alone. Others, which few can read, appear encoded. */
const ALONE = [
  ...['Arabic', 'Armenian', 'Bengali', 'Cyrillic', 'Devanagari', 'Ethiopic', 'Georgian', 'Greek'],
  ...['Gujarati', 'Gurmukhi', 'Hebrew', 'Kannada', 'Khmer', 'Lao', 'Malayalam', 'Myanmar', 'Oriya'],
  ...['Sinhala', 'Tamil', 'Telugu', 'Thai'],
].map((script) => `\\p{Script=${script}}`);

/** Scripts that one language mixes. */
const TOGETHER = [
  String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々a-z`,
  String.raw`\p{Script=Han}\p{Script=Hangul}a-z`,
];

const READABLE = new RegExp(
  `^(?:${[...ALONE, ...TOGETHER].map((set) => `[${set}\\p{M}\\d-]+`).join('|')})$`,
  'u',
);

/** Latin letters with accents, and those that no one takes for a letter without. */
const LATIN = /^[a-zßæœøđłþðħŋŧ\d-]+$/;

/**
 * Letters that look like Latin ones in most fonts. A label that has no other letters can imitate a
 * Latin name (https://www.unicode.org/reports/tr39/#Confusable_Detection).
 */
const IMITATING = /^[асԁеһіјӏорԛѕԝхуъьҽпгѵѡмктвнԍᴦαικνρυωηοτεγχ\p{M}\d-]+$/u;

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
  const withoutAccents = label.normalize('NFD').replaceAll(/\p{M}/gu, '');
  if (LATIN.test(withoutAccents)) return label === label.normalize('NFKC');
  return READABLE.test(label) && !IMITATING.test(label);
}
