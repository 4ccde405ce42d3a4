import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { defineNuxtModule } from 'nuxt/kit';

/** What the page needs to show itself: not the other pages, which have the same content. */
const NEEDED = /^(index\.html|favicon\.svg|_nuxt\/.+\.(js|css))$/;
/** The names of these contain a hash of their content. */
const HASHED = /^_nuxt\//;

export interface StoredFile {
  url: string;
  /** Changes with the content; null when the name does. */
  revision: string | null;
}

/** Lists the files of a built site that the service worker stores. */
export async function listStoredFiles(publicDir: string): Promise<StoredFile[]> {
  const found = await readdir(publicDir, { recursive: true, withFileTypes: true });
  const paths = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(publicDir, '/').length))
    .filter((path) => NEEDED.test(path))
    .sort();
  return Promise.all(
    paths.map(async (path) => {
      if (HASHED.test(path)) return { url: `/${path}`, revision: null };
      const content = await readFile(join(publicDir, path));
      return { url: `/${path}`, revision: createHash('sha256').update(content).digest('hex').slice(0, 16) };
    }),
  );
}

/**
 * Writes `service-worker.js` into the generated site. One file of its own: imported scripts would
 * have to be trusted one by one.
 */
export default defineNuxtModule({
  meta: { name: 'service-worker' },
  setup(_options, nuxt) {
    if (nuxt.options.dev) return;
    nuxt.hook('nitro:init', (nitro) => {
      nitro.hooks.hook('compiled', async () => {
        const { publicDir } = nitro.options.output;
        await build({
          entryPoints: [join(nuxt.options.srcDir, 'service-worker/worker.ts')],
          outfile: join(publicDir, 'service-worker.js'),
          bundle: true,
          minify: true,
          format: 'iife',
          target: 'es2022',
          define: {
            'process.env.NODE_ENV': '"production"',
            FILES_OF_THIS_BUILD: JSON.stringify(await listStoredFiles(publicDir)),
          },
        });
      });
    });
  },
});
