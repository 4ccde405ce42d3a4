import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayName } from '~/utils/display-name';

const RIGHT_TO_LEFT_OVERRIDE = '\u202E';
const ZERO_WIDTH_SPACE = '\u200B';

describe('A displayed name', () => {
  test.each([
    ['Ann', 'Ann'],
    ['  Ann \n of  Cleves ', 'Ann of Cleves'],
    ['Zoë Müller-Łukasz', 'Zoë Müller-Łukasz'],
    ['עדה', 'עדה'],
    ['नेहा', 'नेहा'],
  ])('for %j is "%s"', (raw, shown) => {
    expect(displayName(raw)).toBe(shown);
  });

  test('cannot change the direction of the surrounding text', () => {
    expect(displayName(`${RIGHT_TO_LEFT_OVERRIDE}nnA`)).toBe('nnA');
    expect(displayName('\u2067A\u2066n\u2069n')).toBe('Ann');
  });

  test('cannot look like another one by invisible characters', () => {
    expect(displayName(`A${ZERO_WIDTH_SPACE}n\u2060n\uFEFF\u00AD\u{E0041}`)).toBe('Ann');
  });

  test.each(['', '   ', ZERO_WIDTH_SPACE, '\u3164', '\u2800\u2800', null])(
    'for %j, without visible characters, is empty',
    (raw) => {
      expect(displayName(raw)).toBe('');
    },
  );

  test('has at most three accents per letter and 40 characters', () => {
    expect(displayName(`A${'\u0301'.repeat(50)}`)).toBe(`A${'\u0301'.repeat(3)}`);
    expect(displayName('x'.repeat(1_000_000))).toBe(`${'x'.repeat(40)}…`);
  });

  test('is short, well-formed and without deceptive characters for any input', () => {
    const deceptive = fc.constantFrom(
      RIGHT_TO_LEFT_OVERRIDE,
      ZERO_WIDTH_SPACE,
      '\u2066',
      '\uD800',
      '\u0301',
      '\0',
      'a',
    );
    // `fc.string({ unit: 'binary' })` would work too, but takes seconds to build.
    const codePoint = fc.nat({ max: 0x10ffff }).map((code) => String.fromCodePoint(code));
    const names = fc
      .array(fc.oneof(deceptive, codePoint), { maxLength: 200 })
      .map((characters) => characters.join(''));
    fc.assert(
      fc.property(names, (raw) => {
        const shown = displayName(raw);
        expect(shown).not.toMatch(/[\u200B-\u200F\u202A-\u202E\u2066-\u2069\p{Cc}\p{Cs}]/u);
        expect(Array.from(shown).length).toBeLessThanOrEqual(41);
      }),
    );
  });
});
