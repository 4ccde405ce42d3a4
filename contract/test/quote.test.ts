import { describe, expect, test } from 'vitest';
import { escapeControls, quote } from '../src/index.ts';

/** Everything that may stand in a log line: no control, format, surrogate or separator character. */
const PLAIN = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;

test('escapeControls keeps tabs, newlines and plain text', () => {
  expect(escapeControls('a\tb\nc 👋 é')).toBe('a\tb\nc 👋 é');
  expect(escapeControls('\u001b[2Ja\r\u202eb\u0085\ud800')).toBe('\\u001b[2Ja\\u000d\\u202eb\\u0085\\ud800');
});

describe('quote', () => {
  test('returns an ordinary text in quotation marks', () => {
    expect(quote('grüezi 👋 "x"')).toBe('"grüezi 👋 \\"x\\""');
  });

  test.each([
    ['line breaks', 'a\r\nb\u2028c\u2029d\u0085e'],
    ['terminal sequences', '\u001b[31mred\u009b0m'],
    ['direction marks', '\u202eabc\u2066\u200f\u061c'],
    ['invisible characters', 'a\u200b\u00ad\u2060\ufeff\u{e0041}'],
    ['half a character', 'a\ud83d'],
    ['NUL', '\u0000\u007f'],
  ])('escapes %s, so that the line stays one readable line', (_what, text) => {
    expect(quote(text)).toMatch(PLAIN);
    expect(JSON.parse(quote(text))).toBe(text);
  });

  test.each([
    ['plain', 'x'.repeat(1_000_000)],
    ['escaped', '\u0000'.repeat(1_000)],
    ['wide', '👋'.repeat(1_000)],
  ])('cuts a long %s text to 200 characters', (_what, text) => {
    const quoted = quote(text);
    expect(quoted.length).toBeLessThanOrEqual(200);
    expect(quoted.length).toBeGreaterThan(190);
    expect(quoted).toMatch(/…"$/);
  });
});
