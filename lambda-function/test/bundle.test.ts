import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildFunctions } from '../build.ts';
import type { FunctionName } from '../build.ts';

const LIMIT = 60_000;

let built: Record<FunctionName, string>;
beforeAll(async () => {
  built = await buildFunctions();
});

/** A zip of one file: the compressed bytes, and what the format adds (local header, directory entry, end record). */
function zipBytes(content: Buffer, name: string): number {
  return deflateRawSync(content, { level: 9 }).length + 30 + name.length + 46 + name.length + 22;
}

describe.each(['chat-writer', 'chat-history'] as const)('the bundle of %s', (name) => {
  test('is at most 60 kB as a zip', async ({ annotate }) => {
    const content = await readFile(built[name]);
    const size = zipBytes(content, 'index.mjs');
    await annotate(`${name}: ${content.length} bytes, zip ${size} bytes`);
    expect(size).toBeLessThanOrEqual(LIMIT);
  });

  test('needs no file beside it: alone in a folder it starts, and names all that its environment lacks', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chat-bundle-'));
    try {
      await copyFile(built[name], join(folder, 'index.mjs'));
      const start = promisify(execFile)(process.execPath, ['index.mjs'], { cwd: folder, env: {} });
      await expect(start).rejects.toMatchObject({
        stderr: expect.stringMatching(/InvalidInput.*PGHOST: must be set.*PGDATABASE: must be set/),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
