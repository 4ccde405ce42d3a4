import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readStackSettings } from '../src/settings.ts';
import { createApp } from '../src/stack/app.ts';
import { buildArtefacts } from '../src/stack/artefacts.ts';
import { REPOSITORY } from '../src/names.ts';

const SETTINGS = { AWS_REGION: 'eu-central-1', ABLY_EXTERNAL_ID: 'account.app' };
let folder: string;
let context: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chat-image-'));
  context = await givenToDocker(REPOSITORY, 'of-the-repository');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @returns the files and folders that the CDK would send to Docker out of this folder */
async function givenToDocker(connectorContext: string, name: string): Promise<string[]> {
  const artefacts = { ...(await buildArtefacts()), connectorContext };
  const outdir = join(folder, name);
  const assembly = createApp(readStackSettings(SETTINGS), artefacts, outdir).synth();
  const manifest = JSON.parse(await readFile(join(assembly.directory, 'Chat.assets.json'), 'utf8')) as {
    dockerImages: Record<string, { source: { directory: string } }>;
  };
  const [image] = Object.values(manifest.dockerImages);
  const directory = join(outdir, image?.source.directory ?? 'none');
  return (await readdir(directory, { recursive: true })).map(String);
}

it('Docker is given everything that the image is made of', async () => {
  const copied = copiedFor(await readFile(join(REPOSITORY, 'connector/Dockerfile'), 'utf8'));
  expect(copied).toContain('package-lock.json');
  expect(copied).toContain('connector');
  expect(context).toContain('connector/Dockerfile');
  // What Git has of it: beside that, there may be anything on somebody's disk.
  const known = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...copied], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  const needed = known.split('\n').filter((file) => file !== '' && !/(^|\/)test\//.test(file));
  expect(needed.length).toBeGreaterThan(30);
  for (const file of needed.filter((one) => existsSync(join(REPOSITORY, one))))
    expect(context).toContain(file);
});

it('Docker is given nothing else, so that no other change makes another image', async () => {
  const copied = copiedFor(await readFile(join(REPOSITORY, 'connector/Dockerfile'), 'utf8'));
  const wanted = (path: string) => copied.some((source) => path === source || path.startsWith(`${source}/`));
  // A folder is there for what is in it.
  const isFolder = (path: string) => context.some((other) => other.startsWith(`${path}/`));
  const isForDocker = (path: string) => path === '.dockerignore';
  const others = context.filter((path) => !wanted(path) && !isFolder(path) && !isForDocker(path));
  expect(others).toEqual([]);
});

it('Docker is given no secret, no tests and nothing that is built or installed, wherever it lies', async () => {
  const unwanted = [
    '.env',
    '.git/config',
    '.local/memory.json',
    'node_modules/pg/index.js',
    'connector/node_modules/pg/index.js',
    'connector/dist/connector.mjs',
    'connector/test/main.test.ts',
    'contract/dist/index.mjs',
    'contract/test/rows.test.ts',
    'local/broker/src/main.ts',
    'local/stack/src/main.ts',
  ];
  const wanted = [
    'connector/Dockerfile',
    'connector/src/main.ts',
    'contract/src/index.ts',
    'local/broker/package.json',
    'local/stack/package.json',
  ];
  const littered = join(folder, 'littered');
  for (const file of [...unwanted, ...wanted]) {
    await mkdir(dirname(join(littered, file)), { recursive: true });
    await writeFile(join(littered, file), '');
  }
  const given = await givenToDocker(littered, 'of-the-littered');
  expect(given.filter((path) => unwanted.includes(path))).toEqual([]);
  expect(given).toEqual(expect.arrayContaining(wanted));
});

/** What the last stage and those that it is made of copy; the others are for other uses, and Docker leaves them out. */
function copiedFor(dockerfile: string): string[] {
  const stages = dockerfile
    .split(/^FROM /m)
    .slice(1)
    .map(readStage);
  const needed = new Set(stages.slice(-1));
  for (const stage of needed) {
    for (const other of stages) if (stage.madeOf.includes(other.name)) needed.add(other);
  }
  return [...needed].flatMap(({ copied }) => copied);
}

function readStage(text: string): { name: string; madeOf: string[]; copied: string[] } {
  const [, base = '', name = ''] = /^(\S+)(?: AS (\S+))?/.exec(text) ?? [];
  const copies = [...text.matchAll(/^COPY (?:--from=(\S+) )?(.+)$/gm)];
  return {
    name,
    madeOf: [base, ...copies.flatMap(([, from = []]) => from)],
    copied: copies.flatMap(([, from, paths = '']) => (from ? [] : paths.split(/\s+/).slice(0, -1))),
  };
}
