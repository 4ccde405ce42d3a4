import { MAX_USERNAME_LENGTH } from '@chat/contract';

/**
 * Code points that change the direction of the surrounding text, up to the end of its paragraph.
 */
const BIDI = '061C 200E-200F 202A-202E 2066-2069';
/**
 * Soft hyphen, fillers, zero-width space and joiners, variation selectors, byte order mark, tags.
 */
const INVISIBLE =
  '00AD 034F 115F-1160 17B4-17B5 180B-180F 200B-200D 2060-2065 206A-206F 3164 FE00-FE0F FEFF FFA0 FFF0-FFFB ' +
  '1BCA0-1BCA3 1D173-1D17A E0000-E0FFF';
const DECEPTIVE = new RegExp(
  `[\\p{Cc}\\p{Co}${`${BIDI} ${INVISIBLE}`.replaceAll(/[0-9A-F]+/g, '\\u{$&}').replaceAll(' ', '')}]`,
  'gu',
);
/** More accents on one letter than any language uses would overlap the neighbouring lines. */
const STACKED_ACCENTS = /(\p{M}{3})\p{M}+/gu;
const BLANK = /[\s\u2800]+/gu;

/** Code units. A longer name, which the database accepts, is cut before the expressions scan it. */
const MAX_SCANNED = 400;

/**
 * Returns a name that is safe to display within other text: without invisible characters, which
 * could make it look like another name, and without characters that change the text direction.
 * Emoji lose their joiners and appear one by one.
 * @returns '' when nothing visible is left
 */
export function displayName(raw: string | null): string {
  const visible = (raw ?? '')
    .slice(0, MAX_SCANNED)
    .toWellFormed()
    .replace(BLANK, ' ')
    .replace(DECEPTIVE, '')
    .replace(STACKED_ACCENTS, '$1')
    .trim();
  const characters = Array.from(visible);
  return characters.length > MAX_USERNAME_LENGTH
    ? `${characters.slice(0, MAX_USERNAME_LENGTH).join('')}…`
    : visible;
}
