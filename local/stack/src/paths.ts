import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository, absolute. */
export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

export const WEB_APP = join(REPOSITORY, 'chat-web-app');

/** Returns Nuxt's command line, for Node to run in the folder of the web app. */
export function nuxtCommand(): string {
  const manifest = createRequire(join(WEB_APP, 'package.json')).resolve('nuxt/package.json');
  return join(dirname(manifest), 'bin/nuxt.mjs');
}
