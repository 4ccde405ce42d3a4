import { describe, expect, test } from 'vitest';
import { excerpt, foundWords } from '~/utils/found-words';

const words = (text: string, search: string) =>
  foundWords(text, search).map(({ start, end }) => text.slice(start, end));

describe('The words of a search', () => {
  test.each([
    ['whole words in any case', 'Noon, at noon; afternoon', 'NOON', ['Noon', 'noon']],
    ['of the last word the beginning', 'we meet meeting', 'we mee', ['we', 'mee', 'mee']],
    ['of the others only whole ones', 'meeting we', 'meet w', ['w']],
    ['in every script', 'שלום לכולם', 'שלום', ['שלום']],
    ['none without a word', 'a - b', ' - ', []],
    ['literally, without patterns', 'a.b axb', 'a.b', ['a', 'b']],
  ])('are %s', (_what, text, search, found) => {
    expect(words(text, search)).toEqual(found);
  });

  test('keep their place when lower case has another length', () => {
    expect(words('İİ one', 'one')).toEqual(['one']);
  });
});

describe('The excerpt of a text', () => {
  const text = (search: string, whole: string) =>
    excerpt(whole, search)
      .map((piece) => (piece.isFound ? `[${piece.text}]` : piece.text))
      .join('');

  test('is all of a short one', () => {
    expect(text('noon', 'We meet at noon.')).toBe('We meet at [noon].');
  });

  test('surrounds the first word found in a long one, and begins with a word', () => {
    const shown = text('needle', `${'hay '.repeat(500)}needle${' straw'.repeat(500)}`);
    expect(shown).toMatch(/^…(hay )+\[needle\]( straw)+/);
    expect(shown.length).toBeLessThan(260);
    expect(shown.endsWith('…')).toBe(true);
  });

  test('is the beginning when the words are not recognized', () => {
    expect(text('zzz', 'one '.repeat(100))).toMatch(/^one one .*…$/);
  });

  test('has no half of a character', () => {
    expect(excerpt(`x${'😀'.repeat(300)}`, 'zzz').every((piece) => piece.text.isWellFormed())).toBe(true);
  });
});
