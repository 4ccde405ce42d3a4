import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffWords, joinReplaced } from '~/utils/word-diff';
import type { WordChange } from '~/utils/word-diff';

const shown = (changes: readonly WordChange[]) =>
  changes
    .map(({ kind, text }) => ({ same: text, removed: `[-${text}]`, added: `[+${text}]` })[kind])
    .join('');
const without = (kind: WordChange['kind'], changes: readonly WordChange[]) =>
  changes
    .filter((change) => change.kind !== kind)
    .map(({ text }) => text)
    .join('');
const list = (word: string) => Array.from({ length: 200 }, (_, index) => `${word}${index}`).join(' ');

describe('The difference of two versions', () => {
  test.each([
    ['we meet at noon', 'we meet at one', 'we meet at [-noon][+one]'],
    ['we meet', 'we meet at one', 'we meet[+ at one]'],
    ['we do not meet', 'we do meet', 'we do [-not ]meet'],
    ['one two three four', 'one due tre four', 'one [-two three][+due tre] four'],
    ['it has a second thought', 'it had second thoughts', 'it [-has a][+had] second [-thought][+thoughts]'],
    ['one\ntwo', 'due\ntre', '[-one][+due]\n[-two][+tre]'],
    ['日本語は楽しい', '日本語は難しい', '日本語は[-楽しい][+難しい]'],
    ['one  two', 'one two', 'one[-  ][+ ]two'],
    ['', 'new', '[+new]'],
  ])('from "%s" to "%s" is %s', (before, after, expected) => {
    expect(shown(joinReplaced(diffWords(before, after)))).toBe(expected);
  });

  test('of unlike texts is what lies between their common beginning and end', () => {
    expect(shown(diffWords(`same ${list('a')} end`, `same ${list('b')} end`))).toBe(
      `same [-${list('a')}][+${list('b')}] end`,
    );
  });

  test('contains both texts', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'dd', ' ', '\n', '.', '日本'), { maxLength: 40 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [before, after] = [one.join(''), other.join('')];
        for (const changes of [diffWords(before, after), joinReplaced(diffWords(before, after))]) {
          expect(without('added', changes)).toBe(before);
          expect(without('removed', changes)).toBe(after);
        }
      }),
    );
  });
});
