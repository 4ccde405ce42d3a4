import { build } from 'esbuild';
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY } from '../names.ts';

const DIST = join(import.meta.dirname, '../../dist');

/** Folder of each of the deployment's own functions, ready to be zipped. */
export interface OwnFunctions {
  readonly migrate: string;
  readonly connectorWatch: string;
  readonly refreshConnector: string;
}

/** Bundles them; the one that migrates includes the SQL files. */
export async function buildOwnFunctions(): Promise<OwnFunctions> {
  const migrate = join(DIST, 'migrate');
  const connectorWatch = join(DIST, 'connector-watch');
  const refreshConnector = join(DIST, 'refresh-connector');
  await Promise.all([
    bundle('migrate.lambda.ts', migrate),
    copySql('migrations', migrate),
    copySql('functions', migrate),
    bundle('connector-watch.lambda.ts', connectorWatch),
    bundle('refresh-connector.lambda.ts', refreshConnector),
  ]);
  return { migrate, connectorWatch, refreshConnector };
}

async function bundle(source: string, folder: string): Promise<void> {
  const outfile = join(folder, 'index.mjs');
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, source)],
    outfile,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    // The class of an error is what CloudFormation and CloudWatch show.
    keepNames: true,
    legalComments: 'none',
    // CommonJS packages require Node's own modules by `require`, which an ES module does not have. The name is longer than any
    // that the minifier makes up: it does not know of the banner, and with a short one both have meant different things.
    banner: {
      js: "import{createRequire as createRequireForBundle}from'node:module';const require=createRequireForBundle(import.meta.url);",
    },
    external: ['pg-native'],
    logLevel: 'warning',
  });
  await mkdir(folder, { recursive: true });
  // In one step, and never half done inside the folder: a test and a deployment may be at work at the same time.
  const unfinished = `${folder}.${process.pid}.mjs`;
  for (const { contents } of outputFiles) await writeFile(unfinished, contents);
  await rename(unfinished, outfile);
}

async function copySql(kind: 'migrations' | 'functions', bundle: string): Promise<void> {
  const source = join(REPOSITORY, 'sql', kind);
  const target = join(bundle, kind);
  await cp(source, target, { recursive: true });
  const current = new Set(await readdir(source));
  // A renamed file must not be applied under both names.
  for (const name of await readdir(target)) if (!current.has(name)) await rm(join(target, name));
}
