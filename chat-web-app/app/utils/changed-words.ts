import type { TextRange } from './text-range';
import { diffWords, splitWords } from './word-diff';

/**
 * Finds the words of a text that are not in an earlier version of it. Where words were only
 * removed, it returns the word before them, so that this is visible too. When nearly everything
 * changed, it returns one range from the first change to the last.
 */
export function changedWords(before: string, after: string): TextRange[] {
  const changes = diffWords(before, after);
  const newWords = splitWords(after);
  const ranges: TextRange[] = [];
  let offset = 0;
  changes.forEach(({ kind, text }, index) => {
    const end = kind === 'removed' ? offset : offset + text.length;
    if (kind === 'added') ranges.push({ start: offset, end });
    const isReplaced = changes[index - 1]?.kind === 'added' || changes[index + 1]?.kind === 'added';
    if (kind === 'removed' && !isReplaced && text.trim() !== '') ranges.push(wordBefore(newWords, offset));
    offset = end;
  });
  return joined(ranges, after);
}

/** The last word that ends at or before an offset; at the beginning of the text, the first word. */
function wordBefore(all: string[], offset: number): TextRange {
  let start = 0;
  let found: TextRange = { start: 0, end: 0 };
  for (const word of all) {
    const end = start + word.length;
    const isFound = found.end > 0;
    if (isFound && end > offset) break;
    if (word.trim() !== '') found = { start, end };
    start = end;
  }
  return found;
}

/** Joins ranges with nothing but space between them, and leaves out the space at their ends. */
function joined(ranges: TextRange[], text: string): TextRange[] {
  const result: TextRange[] = [];
  for (const range of ranges) {
    const part = text.slice(range.start, range.end);
    const start = range.end - part.trimStart().length;
    const end = range.start + part.trimEnd().length;
    if (start >= end) continue;
    const last = result.at(-1);
    if (last && text.slice(last.end, start).trim() === '') last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}
