import { AlreadyRunning, identifyProcess } from '@chat/processes';
import { temporaryFolder } from '@chat/processes/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test as base, vi } from 'vitest';
import { canEnter } from '../src/account.ts';
import { startPostgres } from '../src/postgres.ts';
import { startTemporaryPostgres } from '../src/testing.ts';
import { folderForPostgres, query } from './support.ts';

const test = base
  .extend('temporary', { scope: 'file' }, async ({}, { onCleanup }) => {
    const postgres = await startTemporaryPostgres();
    onCleanup(() => postgres.close());
    return postgres;
  })
  .extend('dataDir', () => folderForPostgres());

describe('a temporary database', () => {
  test('is a current PostgreSQL in UTF-8 that sorts the same on every machine', async ({ temporary }) => {
    const [row] = await query(
      temporary.url,
      `select current_setting('server_version_num')::int / 10000 as version, pg_encoding_to_char(encoding) as encoding,
         datlocprovider as provider from pg_database where datname = current_database()`,
    );
    expect(row).toEqual({ version: 18, encoding: 'UTF8', provider: 'b' });
  });

  test('listens on this machine only, with a password', async ({ temporary }) => {
    const [row] = await query(temporary.url, `show listen_addresses`);
    expect(row).toEqual({ listen_addresses: '127.0.0.1' });
    const wrong = temporary.url.replace(/:[^:@]+@/, ':wrong@');
    await expect(query(wrong, 'select 1')).rejects.toThrow('password authentication failed');
  });

  test('returns at the same address after its server was killed', async ({ temporary }) => {
    await query(temporary.url, `create table kept as select 'here' as word`);
    const { pid } = temporary;
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(
      async () => expect(await query(temporary.url, 'select word from kept')).toEqual([{ word: 'here' }]),
      { timeout: 10_000 },
    );
    await vi.waitFor(() => expect(temporary.pid).not.toBe(pid));
  });
});

describe('a database in a folder', () => {
  test('keeps data, password and port over a restart, with no server in between', async ({ dataDir }) => {
    const first = await startPostgres({ dataDir });
    await query(first.url, `create table kept as select 'here' as word`);
    const { pid } = first;
    await first.close();
    expect(await identifyProcess(pid)).toBeUndefined();

    const second = await startPostgres({ dataDir });
    onTestFinished(() => second.close());
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select word from kept')).toEqual([{ word: 'here' }]);
    expect((await stat(join(dataDir, 'memory.json'))).mode & 0o777).toBe(0o600);
  });

  test('rejects a second starter, with the pid of the first', async ({ dataDir }) => {
    const postgres = await startPostgres({ dataDir });
    onTestFinished(() => postgres.close());
    const rejection = await startPostgres({ dataDir }).catch((error: unknown) => error);
    expect(rejection).toBeInstanceOf(AlreadyRunning);
    expect((rejection as AlreadyRunning).pid).toBe(process.pid);
    expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test.for(['', '\0'.repeat(40), '{"pid":1,"iden'])(
    'rejects a second starter when owner.json contains %j, and leaves the server alone',
    async (damaged, { dataDir }) => {
      const postgres = await startPostgres({ dataDir });
      onTestFinished(() => postgres.close());
      await writeFile(join(dataDir, 'postgres/owner.json'), damaged);
      await expect(startPostgres({ dataDir })).rejects.toMatchObject({
        name: 'AlreadyRunning',
        pid: postgres.pid,
      });
      expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    },
  );

  test.for([
    ['left running', undefined],
    ['left running with an empty lock file', ''],
    ['left running with half a lock file', '7'],
  ] as const)('replaces the server that a killed owner %s', async ([, lock], { dataDir }) => {
    const entry = new URL('../src/postgres.ts', import.meta.url).href;
    const program = `const { startPostgres } = await import(${JSON.stringify(entry)});
      const { url, pid } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
      console.log(JSON.stringify({ url, pid }));`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void owner.kill('SIGKILL'));
    const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
    const left = JSON.parse(line) as { url: string; pid: number };
    await query(left.url, `create table kept as select 'here' as word`);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(await identifyProcess(left.pid)).toContain(dataDir);
    if (lock !== undefined) await writeFile(join(dataDir, 'postgres/cluster/postmaster.pid'), lock);

    const postgres = await startPostgres({ dataDir });
    onTestFinished(() => postgres.close());
    expect(await identifyProcess(left.pid)).toBeUndefined();
    expect(await query(postgres.url, 'select word from kept')).toEqual([{ word: 'here' }]);
  });

  test('reports PostgreSQL’s own message when it does not start', async ({ dataDir }) => {
    const postgres = await startPostgres({ dataDir });
    await postgres.close();
    await chmod(join(dataDir, 'postgres/cluster'), 0o777);
    await expect(startPostgres({ dataDir })).rejects.toThrow('invalid permissions');
    await chmod(join(dataDir, 'postgres/cluster'), 0o700);
    await (await startPostgres({ dataDir })).close(); // the failure left nothing in the way
  });
});

test.runIf(process.getuid?.() === 0)('canEnter: is false for a folder that only root can enter', async () => {
  const folder = await temporaryFolder();
  const other = { uid: 65_534, gid: 65_534 };
  expect(await canEnter(folder, other)).toBe(false);
  await chmod(folder, 0o711);
  expect(await canEnter(folder, other)).toBe(true);
});
