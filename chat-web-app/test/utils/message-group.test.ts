import { describe, expect, test } from 'vitest';
import { continuesGroup } from '~/utils/message-group';

const first = { author: 'Ann', authorId: 'ann', at: 1_700_000_000_000 };
const minutes = (count: number) => first.at + count * 60_000;

describe('continuesGroup', () => {
  test.each([
    ['the same author at once', {}, true],
    ['the same author after five minutes', { at: minutes(5) }, true],
    ['the same author later', { at: minutes(5) + 1 }, false],
    ['the same author with a clock that runs behind', { at: minutes(-1) }, true],
    ['the same author under another name', { author: 'Anna' }, false],
    ['another author of that name', { authorId: 'eve' }, false],
    ['a program without an author', { author: 'Ann', authorId: null }, false],
    ['an unreadable time', { at: NaN }, false],
  ])('%s', (_who, change, expected) => {
    expect(continuesGroup(first, { ...first, ...change })).toBe(expected);
  });

  test('the first message continues nothing', () => {
    expect(continuesGroup(undefined, first)).toBe(false);
  });
});
