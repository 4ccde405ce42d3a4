import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { ContentSchema, EditedMessageSchema, UsernameSchema, parseInput } from '../src/index.ts';

describe('message content', () => {
  test('is trimmed, except newlines and tabs inside', () => {
    expect(v.parse(ContentSchema, '  one\n\ttwo  ')).toBe('one\n\ttwo');
  });

  test('is at most 4,000 characters, an emoji being one', () => {
    expect(v.is(ContentSchema, '🙂'.repeat(4_000))).toBe(true);
    expect(v.is(ContentSchema, '🙂'.repeat(4_001))).toBe(false);
    expect(v.is(ContentSchema, 'a'.repeat(4_001))).toBe(false);
  });

  test.each([
    ['blank', ' \n '],
    ['NUL', 'a\u0000b'],
    ['escape', 'a\u001bb'],
    ['a C1 control', 'a\u0085b'],
    ['a lone surrogate', 'a\ud800b'],
    ['not text', 42],
  ])('is rejected when it is %s', (_what, content) => {
    expect(v.is(ContentSchema, content)).toBe(false);
  });
});

describe('username', () => {
  test('has 1 to 40 characters', () => {
    expect(v.parse(UsernameSchema, ' Ada ')).toBe('Ada');
    expect(v.is(UsernameSchema, '')).toBe(false);
    expect(v.is(UsernameSchema, 'x'.repeat(41))).toBe(false);
  });
});

describe('parseInput', () => {
  test('reports every problem at once by its key, without the value', () => {
    const parse = () =>
      parseInput(EditedMessageSchema, { username: 'top-secret\u0000', content: ' ' }, 'editedMsg');
    expect(parse).toThrow(
      expect.objectContaining({
        name: 'InvalidInput',
        problems: [
          'username: must not contain control characters',
          'content: must not be blank',
          'msgIdToEdit: is missing',
        ],
      }),
    );
    expect(parse).not.toThrow(/top-secret/);
    expect(() => parseInput(EditedMessageSchema, 'top-secret', 'editedMsg')).toThrow('must be Object');
  });
});
