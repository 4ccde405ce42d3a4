import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test as base } from 'vitest';
import { readStackSettings } from '../src/settings.ts';
import { createApp } from '../src/stack/app.ts';
import { REPOSITORY, stackName } from '../src/names.ts';
import { artefactsOnce, REQUIRED, SYNTHESIS_TIMEOUT } from './support/synth.ts';

/**
 * `folder`: a temporary folder of this file. `context`: the build context that the CDK makes of the
 * repository.
 */
const test = base
  .extend('prefix', { scope: 'file' }, 'chat-image-')
  .extend('folder', { scope: 'file' }, ({ prefix }, { onCleanup }) => {
    const folder = mkdtempSync(join(tmpdir(), prefix));
    onCleanup(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  })
  .extend('context', { scope: 'file' }, ({ folder }) => stageContext(REPOSITORY, join(folder, 'repository')));

interface Manifest {
  dockerImages: Record<string, { source: { directory: string } }>;
  files: Record<string, { source: { path: string; packaging: string } }>;
}

/** Returns the files and folders out of a folder that the CDK sends to Docker, or to CodeBuild. */
async function stageContext(
  connectorContext: string,
  outdir: string,
  CONNECTOR_IMAGE: 'docker' | 'codebuild' = 'docker',
): Promise<string[]> {
  const artefacts = { ...(await artefactsOnce()), connectorContext };
  const settings = readStackSettings({ ...REQUIRED, CONNECTOR_IMAGE });
  const { directory } = createApp(settings, artefacts, outdir).synth();
  const manifest = await readFile(join(directory, `${stackName('dev')}.assets.json`), 'utf8');
  const { dockerImages, files } = JSON.parse(manifest) as Manifest;
  const sources = [
    ...Object.values(dockerImages).map(({ source }) => source.directory),
    ...Object.values(files).flatMap(({ source }) => (source.packaging === 'zip' ? [source.path] : [])),
  ];
  const [context = 'none'] = sources.filter((path) => existsSync(join(outdir, path, 'connector/Dockerfile')));
  return (await readdir(join(outdir, context), { recursive: true })).map(String);
}

describe('the build context of the connector’s image', { timeout: SYNTHESIS_TIMEOUT }, () => {
  test('contains every source that the Dockerfile copies', async ({ context }) => {
    const copied = copiedFor(await readFile(join(REPOSITORY, 'connector/Dockerfile'), 'utf8'));
    expect(copied).toContain('package-lock.json');
    expect(copied).toContain('connector');
    expect(context).toContain('connector/Dockerfile');
    // Git's list omits ignored files, such as build output.
    const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...copied], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    });
    const needed = files.split('\n').filter((file) => file !== '' && !/(^|\/)test\//.test(file));
    expect(needed.length).toBeGreaterThan(30);
    for (const file of needed.filter((one) => existsSync(join(REPOSITORY, one))))
      expect(context).toContain(file);
  });

  test('contains nothing else, so that no other change replaces the image', async ({ context }) => {
    const copied = copiedFor(await readFile(join(REPOSITORY, 'connector/Dockerfile'), 'utf8'));
    const isCopied = (path: string) =>
      copied.some((source) => path === source || path.startsWith(`${source}/`));
    const isParent = (path: string) => context.some((other) => other.startsWith(`${path}/`));
    const isForDocker = (path: string) => path === '.dockerignore';
    const others = context.filter((path) => !isCopied(path) && !isParent(path) && !isForDocker(path));
    expect(others).toEqual([]);
  });

  test('is the same for CodeBuild, which needs no Docker', async ({ context, folder }) => {
    const forCodeBuild = await stageContext(REPOSITORY, join(folder, 'for-codebuild'), 'codebuild');
    expect(forCodeBuild.toSorted()).toEqual(context.filter((path) => path !== '.dockerignore').toSorted());
  });

  test('excludes secrets, tests, packages and build output at any depth', async ({ folder }) => {
    const excluded = [
      '.env',
      '.git/config',
      '.local/memory.json',
      'node_modules/pg/index.js',
      'connector/node_modules/pg/index.js',
      'connector/dist/connector.mjs',
      'connector/test/main.test.ts',
      'contract/dist/index.mjs',
      'contract/test/rows.test.ts',
      'local/broker/node_modules/ws/package.json',
      'local/broker/src/main.ts',
      'local/stack/src/main.ts',
    ];
    const included = [
      'connector/Dockerfile',
      'connector/src/main.ts',
      'contract/src/index.ts',
      'local/broker/package.json',
      'local/stack/package.json',
    ];
    const littered = join(folder, 'littered');
    for (const file of [...excluded, ...included]) {
      await mkdir(dirname(join(littered, file)), { recursive: true });
      await writeFile(join(littered, file), '');
    }
    const staged = await stageContext(littered, join(folder, 'of-littered'));
    expect(staged.filter((path) => excluded.includes(path))).toEqual([]);
    expect(staged).toEqual(expect.arrayContaining(included));
  });
});

/**
 * Returns what the last stage and the stages that it depends on copy. Docker does not build the
 * others.
 */
function copiedFor(dockerfile: string): string[] {
  const stages = dockerfile
    .split(/^FROM /m)
    .slice(1)
    .map(readStage);
  const needed = new Set(stages.slice(-1));
  for (const stage of needed) {
    for (const other of stages) if (stage.dependsOn.includes(other.name)) needed.add(other);
  }
  return [...needed].flatMap(({ copied }) => copied);
}

function readStage(text: string): { name: string; dependsOn: string[]; copied: string[] } {
  const [, base = '', name = ''] = /^(\S+)(?: AS (\S+))?/.exec(text) ?? [];
  const copies = [...text.matchAll(/^COPY (?:--from=(\S+) )?(.+)$/gm)];
  return {
    name,
    dependsOn: [base, ...copies.flatMap(([, from = []]) => from)],
    copied: copies.flatMap(([, from, paths = '']) => (from ? [] : paths.split(/\s+/).slice(0, -1))),
  };
}
