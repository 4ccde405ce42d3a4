import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ContentSchema, EditedMessageSchema, UsernameSchema, parseInput } from '../src/index.ts';

describe('the content of a message', () => {
  it('is trimmed, and keeps newlines and tabs inside', () => {
    expect(v.parse(ContentSchema, '  one\n\ttwo  ')).toBe('one\n\ttwo');
  });

  it('may be 4,000 characters long, an emoji being one', () => {
    expect(v.is(ContentSchema, '🙂'.repeat(4_000))).toBe(true);
    expect(v.is(ContentSchema, '🙂'.repeat(4_001))).toBe(false);
    expect(v.is(ContentSchema, 'a'.repeat(4_001))).toBe(false);
  });

  it.each([
    ['blank', ' \n '],
    ['NUL', 'a\u0000b'],
    ['escape', 'a\u001bb'],
    ['a C1 control', 'a\u0085b'],
    ['a lone surrogate', 'a\ud800b'],
    ['not text', 42],
  ])('is refused when it is %s', (_what, content) => {
    expect(v.is(ContentSchema, content)).toBe(false);
  });
});

describe('a username', () => {
  it('is 1 to 40 characters', () => {
    expect(v.parse(UsernameSchema, ' Ada ')).toBe('Ada');
    expect(v.is(UsernameSchema, '')).toBe(false);
    expect(v.is(UsernameSchema, 'x'.repeat(41))).toBe(false);
  });
});

describe('refused input', () => {
  it('names every problem at once by its key, and never the value', () => {
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
