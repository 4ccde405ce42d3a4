import * as v from 'valibot';

/** Every control character except newline and tab. Postgres rejects a row with NUL. */
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;

/** The colours and cursor movements of a terminal: ECMA-48 §5.4, control sequences. */
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const TERMINAL_SEQUENCES = /[\u001b\u009b]\[?[0-9;?]{0,20}[A-Za-z]/gu;

/** Of CR LF, CR, vertical tab, form feed, next line, line and paragraph separator each. */
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const LINE_BREAKS = /\r\n|[\r\u000b\u000c\u0085\u2028\u2029]/gu;

/**
 * White space, control and format characters, fillers and other characters without a glyph: the
 * braille blank and the null notehead are symbols by their category.
 */
const INVISIBLE = /[\p{White_Space}\p{C}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/u;

export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * Returns a text, perhaps pasted from a spreadsheet or a terminal, as it can be sent: every line
 * break is a newline, and other control characters are gone.
 */
export function cleanText(text: string): string {
  return text.replace(LINE_BREAKS, '\n').replace(TERMINAL_SEQUENCES, '').replace(CONTROLS, '').toWellFormed();
}

/** Whether a text has no control character and has a UTF-8 form. */
export function isPlain(text: string): boolean {
  return text.search(CONTROLS) < 0 && text.isWellFormed();
}

/** Stops at the first visible character, which almost always is the first of all. */
export function hasVisibleCharacter(text: string): boolean {
  for (const character of text) if (!INVISIBLE.test(character)) return true;
  return false;
}

/** Text of 1 to `maxLength` code points after trimming, with a visible character. */
export function plainText(maxLength: number) {
  return v.pipe(
    v.string('must be text'),
    v.trim(),
    v.check(hasVisibleCharacter, 'must not be blank'),
    // A cheap bound first, so that a huge text is not iterated: n code points are at most 2n code
    // units.
    v.maxLength(maxLength * 2, `must be at most ${maxLength} characters`),
    v.check((text) => countCharacters(text) <= maxLength, `must be at most ${maxLength} characters`),
    v.check((text) => text.search(CONTROLS) < 0, 'must not contain control characters'),
    // A lone surrogate has no UTF-8 form, so Postgres would reject it.
    v.check((text) => text.isWellFormed(), 'must be well-formed Unicode'),
  );
}
