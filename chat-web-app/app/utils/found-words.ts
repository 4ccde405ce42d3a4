import type { TextRange } from './text-range';

/** As PostgreSQL's text search, which has no stems in the configuration `simple`. */
const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** Code units before the first word found, and altogether. */
const BEFORE = 60;
const LENGTH = 240;

/** Finds the words of a search in a text. The last one may be the beginning of a word. */
export function foundWords(text: string, search: string): TextRange[] {
  const wanted = (search.match(WORD) ?? []).map((word) => word.toLowerCase());
  const beginning = wanted.at(-1);
  if (beginning === undefined) return [];
  const whole = new Set(wanted);
  return Array.from(text.matchAll(WORD)).flatMap(({ 0: word, index }) => {
    const lower = word.toLowerCase();
    if (whole.has(lower)) return [{ start: index, end: index + word.length }];
    if (lower.startsWith(beginning)) return [{ start: index, end: index + beginning.length }];
    return [];
  });
}

export interface ExcerptPiece {
  text: string;
  isFound: boolean;
}

/** The part of a text around the first word found, in pieces. */
export function excerpt(text: string, search: string): ExcerptPiece[] {
  const ranges = foundWords(text, search);
  const from = startNear(text, (ranges[0]?.start ?? 0) - BEFORE);
  const to = Math.min(from + LENGTH, text.length);
  const pieces: ExcerptPiece[] = [];
  let end = from;
  for (const { start, end: rangeEnd } of ranges.filter((range) => range.end <= to)) {
    pieces.push({ text: text.slice(end, start), isFound: false });
    pieces.push({ text: text.slice(start, rangeEnd), isFound: true });
    end = rangeEnd;
  }
  pieces.push({ text: text.slice(end, to), isFound: false });
  if (from > 0) pieces.unshift({ text: '…', isFound: false });
  if (to < text.length) pieces.push({ text: '…', isFound: false });
  // A cut between the halves of a character leaves a replacement character.
  return pieces
    .filter((piece) => piece.text !== '')
    .map((piece) => ({ ...piece, text: piece.text.toWellFormed() }));
}

/** The beginning of a word at or after an offset, so that an excerpt does not begin within one. */
function startNear(text: string, offset: number): number {
  if (offset <= 0) return 0;
  const space = text.slice(offset, offset + BEFORE / 2).search(/\s/);
  return space < 0 ? offset : offset + space + 1;
}
