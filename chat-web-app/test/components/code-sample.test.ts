import { expect, test } from 'vitest';
import { codeSample, tokenize } from '~/components/details/code-sample';

test('The code sample: colouring loses no character', () => {
  expect(tokenize('no code').map((token) => token.text)).toEqual(['no code']);
  const tokens = tokenize(codeSample);
  expect(tokens.map((token) => token.text).join('')).toBe(codeSample);
  expect(tokens.filter((token) => token.kind === 'string').map((token) => token.text)).toContain("'chatMsg'");
  expect(new Set(tokens.map((token) => token.kind))).toEqual(
    new Set(['keyword', 'plain', 'punctuation', 'function', 'string']),
  );
});
