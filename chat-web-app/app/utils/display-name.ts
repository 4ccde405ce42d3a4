import { MAX_USERNAME_LENGTH } from '@chat/contract';

/** Code points that turn the direction of the text around them, up to the end of its paragraph. */
const BIDI = '061C 200E-200F 202A-202E 2066-2069';
/** Those that take no room: soft hyphen, fillers, zero-width space and joiners, variation selectors, byte order mark, tags. */
const INVISIBLE =
  '00AD 034F 115F-1160 17B4-17B5 180B-180F 200B-200D 2060-2065 206A-206F 3164 FE00-FE0F FEFF FFA0 FFF0-FFFB ' +
  '1BCA0-1BCA3 1D173-1D17A E0000-E0FFF';
const TRICKS = new RegExp(
  `[\\p{Cc}\\p{Co}${`${BIDI} ${INVISIBLE}`.replaceAll(/[0-9A-F]+/g, '\\u{$&}').replaceAll(' ', '')}]`,
  'gu',
);
/** More accents on one letter than any language writes would reach into the lines around it. */
const PILES_OF_ACCENTS = /(\p{M}{3})\p{M}+/gu;
const BLANK = /[\s\u2800]+/gu;

/** Nobody's name is this long; the database would take it, and every expression here would walk it. Code units. */
const LOOKED_AT = 400;

/**
 * A name as it may be shown among other text: what is invisible or turns the direction of writing is gone, so that no name
 * can pass for another by what one does not see, nor reach beyond itself. Emoji lose their joiners and show one by one.
 * @returns '' when nothing is left to be seen
 */
export function displayName(raw: string | null): string {
  const visible = (raw ?? '')
    .slice(0, LOOKED_AT)
    .toWellFormed()
    .replace(BLANK, ' ')
    .replace(TRICKS, '')
    .replace(PILES_OF_ACCENTS, '$1')
    .trim();
  const characters = Array.from(visible);
  return characters.length > MAX_USERNAME_LENGTH
    ? `${characters.slice(0, MAX_USERNAME_LENGTH).join('')}…`
    : visible;
}
