/** As many colours as main.css has `.person-0` and so on: distinct from each other, and 3:1 on every ground of the page. */
export const PERSON_COLOURS = 12;

/**
 * The colour class of a person, by id: so people with the same name are told apart, and everybody sees the same colour.
 * An FNV-1a hash: small, and spread well over few values.
 */
export function personColour(clientId: string | null): string {
  if (clientId === null) return 'person-unknown';
  let hash = 0x811c9dc5;
  for (let index = 0; index < clientId.length; index += 1) {
    hash = Math.imul(hash ^ clientId.charCodeAt(index), 0x01000193);
  }
  // The low bits alone would follow the last character too closely.
  return `person-${((hash ^ (hash >>> 15)) >>> 0) % PERSON_COLOURS}`;
}
