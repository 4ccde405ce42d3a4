import { build } from 'esbuild';
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY } from '../names.ts';

const DIST = join(import.meta.dirname, '../../dist');

/** The folder of each Lambda function that belongs to the deployment itself, ready to be zipped. */
export interface OwnFunctions {
  readonly migrate: string;
  readonly connectorWatch: string;
  readonly refreshConnector: string;
}

/** Bundles the functions; the folder of `migrate` also contains the SQL files. */
export async function buildOwnFunctions(): Promise<OwnFunctions> {
  const migrate = join(DIST, 'migrate');
  const connectorWatch = join(DIST, 'connector-watch');
  const refreshConnector = join(DIST, 'refresh-connector');
  await Promise.all([
    bundle('migrate.lambda.ts', migrate),
    copySql('migrations', migrate),
    copySql('functions', migrate),
    copyLogins(migrate),
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
    // CloudFormation and CloudWatch show the class name of an error.
    keepNames: true,
    legalComments: 'none',
    // Bundled CommonJS packages call `require` for Node's modules, which an ES module lacks. The long
    // name cannot collide with the short names of the minifier, which does not see the banner.
    banner: {
      js: "import{createRequire as createRequireForBundle}from'node:module';const require=createRequireForBundle(import.meta.url);",
    },
    external: ['pg-native'],
    logLevel: 'warning',
  });
  await mkdir(folder, { recursive: true });
  // Atomic, because a test and a deployment may build at the same time.
  const unfinished = `${folder}.${process.pid}.mjs`;
  for (const { contents } of outputFiles) await writeFile(unfinished, contents);
  await rename(unfinished, outfile);
}

async function copyLogins(bundle: string): Promise<void> {
  await mkdir(bundle, { recursive: true });
  const unfinished = `${bundle}.${process.pid}.sql`;
  await cp(join(REPOSITORY, 'sql/logins.sql'), unfinished);
  await rename(unfinished, join(bundle, 'logins.sql'));
}

async function copySql(kind: 'migrations' | 'functions', bundle: string): Promise<void> {
  const source = join(REPOSITORY, 'sql', kind);
  const target = join(bundle, kind);
  await cp(source, target, { recursive: true });
  const current = new Set(await readdir(source));
  // A renamed file must not be applied under both names.
  for (const name of await readdir(target)) if (!current.has(name)) await rm(join(target, name));
}
