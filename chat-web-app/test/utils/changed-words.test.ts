import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changedWords } from '~/utils/changed-words';
import { linkify } from '~/utils/linkify';
import { splitCode } from '~/utils/split-code';
import { markPieces } from '~/utils/text-range';

/** The new text with its changed words in brackets. */
function marked(before: string, after: string): string {
  const pieces = markPieces([{ kind: 'text', text: after }], changedWords(before, after));
  return pieces.map(({ text, isMarked }) => (isMarked ? `[${text}]` : text)).join('');
}

describe('changedWords', () => {
  test.each([
    ['we meet at noon', 'we meet at one', 'we meet at [one]'],
    ['we meet', 'we meet at one', 'we meet [at one]'],
    ['meet at noon', 'We meet at noon', '[We] meet at noon'],
    ['we meet at noon', 'we meet, I hope, at noon', 'we meet[, I hope,] at noon'],
    ['one two three', 'one 2 three 4', 'one [2] three [4]'],
    ['one two three four', 'one due tre four', 'one [due tre] four'],
    ['日本語は楽しい', '日本語は難しい', '日本語は[難しい]'],
    ['a 👩‍👩‍👧 b', 'a 👨‍👩‍👧 b', 'a [👨‍👩‍👧] b'],
  ])('from "%s" to "%s" are in brackets: %s', (before, after, expected) => {
    expect(marked(before, after)).toBe(expected);
  });

  test.each([
    ['we do not meet at noon', 'we do meet at noon', 'we [do] meet at noon'],
    ['not at noon', 'at noon', '[at] noon'],
    ['at noon, no', 'at noon', 'at [noon]'],
  ])('has the word before those that were removed: "%s" to "%s"', (before, after, expected) => {
    expect(marked(before, after)).toBe(expected);
  });

  test('has no mark for a change of space alone', () => {
    expect(marked('one  two', 'one two')).toBe('one two');
    expect(marked('one two', 'one  two')).toBe('one  two');
  });

  test('for unlike texts is what lies between their common beginning and end', () => {
    const list = (word: string) => Array.from({ length: 200 }, (_, index) => `${word}${index}`).join(' ');
    expect(marked(`same ${list('a')} end`, `same ${list('b')} end`)).toBe(`same [${list('b')}] end`);
  });

  test('covers every word that the old text does not contain, and orders its ranges', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'dd', ' ', '\n', '.', '日本'), { maxLength: 40 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const to = after.join('');
        const ranges = changedWords(before.join(''), to);
        ranges.forEach(({ start, end }, index) => {
          expect(start).toBeGreaterThanOrEqual(ranges[index - 1]?.end ?? 0);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(to.length);
        });
        expect(
          markPieces([{ kind: 'text', text: to }], ranges)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(to);
      }),
    );
  });

  test('is fast for unlike texts of 4,000 characters', () => {
    const random = (from: number) => () =>
      String.fromCharCode(0x4e00 + from + Math.floor(Math.random() * 3_000));
    const before = Array.from({ length: 4_000 }, random(0)).join('');
    const after = Array.from({ length: 4_000 }, random(1_500)).join('');
    const start = performance.now();
    changedWords(before, after);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('markPieces', () => {
  test('marks code as a whole', () => {
    const pieces = markPieces(splitCode('run `npm start` now'), [{ start: 9, end: 14 }]);
    expect(pieces.filter(({ isMarked }) => isMarked)).toMatchObject([{ kind: 'code', text: 'npm start' }]);
  });

  test('marks a link as a whole, and the rest by characters', () => {
    const text = 'see https://example.org/a and go';
    const links = linkify(text).map((piece) => ({ kind: 'text' as const, ...piece }));
    const pieces = markPieces(links, [
      { start: 0, end: 6 },
      { start: 26, end: 30 },
    ]);
    expect(pieces.map(({ text: piece, isMarked }) => [piece, isMarked])).toEqual([
      ['see ', true],
      ['https://example.org/a', true],
      [' ', false],
      ['and ', true],
      ['go', false],
    ]);
  });
});
