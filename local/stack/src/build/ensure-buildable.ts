import { sep } from 'node:path';

/** Signs that Nuxt, Vite and Nitro take for code or for a part of an address. */
const UNBEARABLE = /[#?%'"*]/;

/**
 * Checks that the page can be built where it is.
 * @param folder absolute
 * @throws Error that names the sign, the folder's part with it, and what to do
 */
export function ensureBuildable(folder: string): void {
  const part = folder.split(sep).find((name) => UNBEARABLE.test(name));
  if (part === undefined) return;
  const sign = UNBEARABLE.exec(part)?.[0];
  throw new Error(
    `The web page cannot be built in ${folder}: Nuxt does not bear the sign ${sign} in “${part}”. ` +
      'Rename that folder, or move the clone elsewhere, and start again.',
  );
}
