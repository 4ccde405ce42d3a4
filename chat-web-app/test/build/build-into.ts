import { lstatSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildNuxt, loadNuxt } from 'nuxt/kit';

/** `node build-into.ts <project> <folder>`: runs `nuxt generate` with its output in another folder. */
const [cwd, out] = process.argv.slice(2);
if (!cwd || !out) throw new Error('Usage: build-into.ts <project> <folder>');

const nuxt = await loadNuxt({
  cwd,
  dev: false,
  overrides: {
    logLevel: 'silent',
    buildDir: `${out}.nuxt`,
    nitro: { static: true, output: { dir: `${out}.output`, publicDir: `${out}.output/public` } },
  },
});
await buildNuxt(nuxt);
await nuxt.close();

// Nuxt links `dist` to its output when there is no such link yet. This output is temporary.
const link = join(cwd, 'dist');
if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(link).startsWith(out))
  rmSync(link);
