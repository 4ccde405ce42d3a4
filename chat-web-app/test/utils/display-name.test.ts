import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayName } from '~/utils/display-name';

const RIGHT_TO_LEFT_OVERRIDE = '\u202E';
const ZERO_WIDTH_SPACE = '\u200B';

describe('A name', () => {
  test.each([
    ['Ann', 'Ann'],
    ['  Ann \n of  Cleves ', 'Ann of Cleves'],
    ['Zoë Müller-Łukasz', 'Zoë Müller-Łukasz'],
    ['עדה', 'עדה'],
    ['नेहा', 'नेहा'],
  ])('%j is shown as "%s"', (raw, shown) => {
    expect(displayName(raw)).toBe(shown);
  });

  test('cannot turn the writing around it', () => {
    expect(displayName(`${RIGHT_TO_LEFT_OVERRIDE}nnA`)).toBe('nnA');
    expect(displayName('\u2067A\u2066n\u2069n')).toBe('Ann');
  });

  test('cannot pass for another by what nobody sees', () => {
    expect(displayName(`A${ZERO_WIDTH_SPACE}n\u2060n\uFEFF\u00AD\u{E0041}`)).toBe('Ann');
  });

  test.each(['', '   ', ZERO_WIDTH_SPACE, '\u3164', '\u2800\u2800', null])(
    'of nothing to be seen (%j) is none',
    (raw) => {
      expect(displayName(raw)).toBe('');
    },
  );

  test('cannot pile accents into the lines around it, nor go on for ever', () => {
    expect(displayName(`A${'\u0301'.repeat(50)}`)).toBe(`A${'\u0301'.repeat(3)}`);
    expect(displayName('x'.repeat(1_000_000))).toBe(`${'x'.repeat(40)}…`);
  });

  test('whatever it is, ends up short, well-formed and without any of these tricks', () => {
    const tricky = fc.constantFrom(
      RIGHT_TO_LEFT_OVERRIDE,
      ZERO_WIDTH_SPACE,
      '\u2066',
      '\uD800',
      '\u0301',
      '\0',
      'a',
    );
    const names = fc.array(fc.oneof(tricky, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
    fc.assert(
      fc.property(names, (raw) => {
        const shown = displayName(raw);
        expect(shown).not.toMatch(/[\u200B-\u200F\u202A-\u202E\u2066-\u2069\p{Cc}\p{Cs}]/u);
        expect(Array.from(shown).length).toBeLessThanOrEqual(41);
      }),
    );
  });
});
