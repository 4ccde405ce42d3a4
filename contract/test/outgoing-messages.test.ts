import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { cleanText, ContentSchema, EditedMessageSchema, UsernameSchema, parseInput } from '../src/index.ts';

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

describe('a text without a visible character', () => {
  test.each([
    ...['\u200b', '\u2800\u2800', '\u3164', '\uffa0', '\u2060', '\u00ad', '\u200f', '\u00a0', '\ufeff'],
    ...[
      '\u{e0041}\u{e007f}',
      '\u200b\n\u200b',
      '\u034f',
      '\ufe0f',
      '\u180e',
      '\u{1d159}',
      '\u061c \u2066\u2069',
    ],
  ])('is blank: %j', (text) => {
    expect(v.is(ContentSchema, text)).toBe(false);
    expect(v.is(UsernameSchema, text)).toBe(false);
  });

  test.each(['.', '\u200bx', '🏴\u{e0067}\u{e007f}', '\u0301', 'ᅠ가', '👩\u200d🚀', '\u{1d158}'])(
    'is not blank: %j',
    (text) => expect(v.is(ContentSchema, text)).toBe(true),
  );
});

describe('cleanText', () => {
  test.each([
    ['one\u000btwo', 'one\ntwo'],
    ['one\r\ntwo\rthree', 'one\ntwo\nthree'],
    ['four\u0085five\u2028six\u2029seven\u000ceight', 'four\nfive\nsix\nseven\neight'],
    ['three\u0003', 'three'],
    ['\u001b[31mred\u001b[0m \u001b[1;32;40mgreen\u001b[K', 'red green'],
    ['a\tb\u0000\u009f\ud800', 'a\tb\ufffd'],
  ])('makes %j %j, which can be sent', (pasted, cleaned) => {
    expect(cleanText(pasted)).toBe(cleaned);
    expect(v.is(ContentSchema, cleanText(pasted))).toBe(true);
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

describe('the identity of an action', () => {
  const edit = { username: 'Ann', content: 'text', msgIdToEdit: 'm' };

  test.each(['a', 'A-z_9', 'x'.repeat(64)])('is %j', (id) => {
    expect(v.is(EditedMessageSchema, { ...edit, id })).toBe(true);
  });

  test('may be missing, as in messages of 2021', () => {
    expect(v.is(EditedMessageSchema, edit)).toBe(true);
  });

  test.each([
    ['empty', ''],
    ['too long', 'x'.repeat(65)],
    ['that of an attempt', 'a~2'],
    ['of the form that Ably generates', 'conn:1:0'],
    ['not text', 7],
  ])('is rejected when it is %s', (_what, id) =>
    expect(v.is(EditedMessageSchema, { ...edit, id })).toBe(false),
  );
});
