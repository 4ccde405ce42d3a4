import { join } from 'node:path';
import { build } from 'esbuild';

const OUTFILE = join(import.meta.dirname, 'dist', 'connector.mjs');

/**
 * Bundles the connector into one ES module that needs only Node, for the Docker image.
 * @returns the path of the module
 */
export async function buildConnector(outfile = OUTFILE): Promise<string> {
  await build({
    entryPoints: [join(import.meta.dirname, 'src', 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // CommonJS dependencies call `require` for Node's modules, which an ES module does not have.
    banner: {
      js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
    },
    // An optional C++ binding, which the connector does not load.
    external: ['pg-native'],
    logLevel: 'warning',
  });
  return outfile;
}

if (import.meta.main) console.log(await buildConnector());
