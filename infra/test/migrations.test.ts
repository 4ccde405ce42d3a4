import { appendFile, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test as base } from 'vitest';
import { buildOwnFunctions } from '../src/functions/build.ts';
import { REPOSITORY } from '../src/names.ts';
import { hashSqlFiles } from '../src/stack/migrations.ts';

/** `folder`: a copy of what a deployment uploads for the function that migrates. */
const test = base.extend('folder', async ({ task }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), `chat-migrate-${task.id}-`));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  await cp((await buildOwnFunctions()).migrate, folder, { recursive: true });
  return folder;
});

describe.each(['migrations', 'functions'])('the SQL files in %s', (kind) => {
  test('are part of the bundle', async ({ folder }) => {
    const files = await readdir(join(REPOSITORY, 'sql', kind));
    expect(files.length).toBeGreaterThan(1);
    expect((await readdir(join(folder, kind))).toSorted()).toEqual(files.toSorted());
  });

  test('change the hash that makes CloudFormation call the function', async ({ folder }) => {
    const before = hashSqlFiles(folder);
    const [file = ''] = await readdir(join(folder, kind));
    await appendFile(join(folder, kind, file), '\n-- edited');
    expect(hashSqlFiles(folder)).not.toBe(before);
  });
});
