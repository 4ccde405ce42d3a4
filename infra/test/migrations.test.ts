import { appendFile, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildOwnFunctions } from '../src/functions/build.ts';
import { REPOSITORY } from '../src/names.ts';
import { hashSql } from '../src/stack/migrations.ts';

const SQL = join(REPOSITORY, 'sql');

test.for(['migrations', 'functions'])(
  'the deployed migration: includes every file of sql/%s, and runs again when one changes',
  async (kind, { onTestFinished }) => {
    const { migrate } = await buildOwnFunctions();
    const files = (await readdir(join(SQL, kind))).sort();
    expect(files.length).toBeGreaterThan(0);
    expect((await readdir(join(migrate, kind))).sort()).toEqual(files);

    const folder = await mkdtemp(join(tmpdir(), 'chat-sql-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const each of ['migrations', 'functions']) {
      await cp(join(SQL, each), join(folder, each), { recursive: true });
    }
    expect(hashSql(folder)).toBe(hashSql(migrate));
    await appendFile(join(folder, kind, files[0] ?? ''), '-- a comment');
    expect(hashSql(folder)).not.toBe(hashSql(migrate));
  },
);
