import { join } from 'node:path';
import { build } from 'esbuild';

const OUTFILE = join(import.meta.dirname, 'dist', 'connector.mjs');

/**
 * Bundles the connector to one ES module that needs nothing beside it but Node: what goes into the Docker image.
 * @returns where it is
 */
export async function buildConnector(outfile = OUTFILE): Promise<string> {
  await build({
    entryPoints: [join(import.meta.dirname, 'src', 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Some dependencies are CommonJS and require Node's own modules by `require`, which an ES module does not have.
    banner: {
      js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
    },
    // An optional C++ binding, loaded only by those who ask for it.
    external: ['pg-native'],
    logLevel: 'warning',
  });
  return outfile;
}

if (import.meta.main) console.log(await buildConnector());
