import { readdir, readFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readStackSettings } from '../src/settings.ts';
import { createApp } from '../src/stack/app.ts';
import { buildArtefacts } from '../src/stack/artefacts.ts';
import { REPOSITORY } from '../src/names.ts';

const SETTINGS = { AWS_REGION: 'eu-central-1', ABLY_EXTERNAL_ID: 'account.app' };
let outdir: string;
let context: string[];

beforeAll(async () => {
  outdir = mkdtempSync(join(tmpdir(), 'chat-image-'));
  const assembly = createApp(readStackSettings(SETTINGS), await buildArtefacts(), outdir).synth();
  const manifest = JSON.parse(await readFile(join(assembly.directory, 'Chat.assets.json'), 'utf8')) as {
    dockerImages: Record<string, { source: { directory: string } }>;
  };
  const [image] = Object.values(manifest.dockerImages);
  const directory = join(outdir, image?.source.directory ?? 'none');
  context = (await readdir(directory, { recursive: true })).map(String);
});
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

it('Docker is given everything that the image is made of', async () => {
  const copied = copiedFor(await readFile(join(REPOSITORY, 'connector/Dockerfile'), 'utf8'));
  expect(copied).toContain('package-lock.json');
  expect(copied).toContain('connector');
  for (const source of copied) expect(context).toContain(source);
});

it('Docker is given no secret, no tests and nothing that is built here', () => {
  expect(context.filter((path) => /(^|\/)(\.env|\.git|node_modules|dist|test)(\/|$)/.test(path))).toEqual([]);
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
