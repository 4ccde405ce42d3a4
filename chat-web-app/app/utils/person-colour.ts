/**
 * The number of colour classes `.person-0`, `.person-1` … in the CSS. They are distinct from each
 * other, with a contrast of at least 3:1 on every background of the page.
 */
export const PERSON_COLOURS = 12;

/**
 * Returns the colour class of a person. It depends on the id, so that people with the same name
 * differ and every tab shows the same colour. FNV-1a is short and spreads well over few values.
 */
export function personColour(clientId: string | null): string {
  if (clientId === null) return 'person-unknown';
  let hash = 0x811c9dc5;
  for (let index = 0; index < clientId.length; index += 1) {
    hash = Math.imul(hash ^ clientId.charCodeAt(index), 0x01000193);
  }
  // The low bits alone would depend too much on the last character.
  return `person-${((hash ^ (hash >>> 15)) >>> 0) % PERSON_COLOURS}`;
}
