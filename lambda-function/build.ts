import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const FUNCTIONS = ['chat-writer', 'chat-history'] as const;

export type FunctionName = (typeof FUNCTIONS)[number];

/**
 * Bundles each function to one ES module that needs nothing beside it: `dist/<name>/index.mjs`, whose export `handler` is what
 * AWS calls (`index.handler`). The folder is what goes into the zip.
 * @returns the path of each bundle
 */
export async function buildFunctions(): Promise<Record<FunctionName, string>> {
  const outputs = await Promise.all(FUNCTIONS.map(async (name) => [name, await bundle(name)] as const));
  return Object.fromEntries(outputs) as Record<FunctionName, string>;
}

async function bundle(name: FunctionName): Promise<string> {
  const outfile = join(import.meta.dirname, 'dist', name, 'index.mjs');
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'src', `${name}.ts`)],
    outfile,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    // Error names are part of the contract: AWS shows the class in the dead letter.
    keepNames: true,
    legalComments: 'none',
    // pg is CommonJS and requires Node's own modules by `require`, which an ES module does not have.
    banner: { js: "import{createRequire as $r}from'node:module';const require=$r(import.meta.url);" },
    // An optional C++ binding, loaded only by those who ask for it.
    external: ['pg-native'],
    logLevel: 'warning',
  });
  // Put in place in one step: another process may be starting the function, or building it, at this moment.
  const unfinished = `${outfile}.${process.pid}`;
  await mkdir(dirname(outfile), { recursive: true });
  for (const { contents } of outputFiles) await writeFile(unfinished, contents);
  await rename(unfinished, outfile);
  return outfile;
}

if (import.meta.main) {
  for (const path of Object.values(await buildFunctions())) console.log(`built ${path}`);
}
