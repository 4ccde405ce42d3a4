import { identifyProcess } from '@chat/processes';
import { temporaryFolder } from '@chat/processes/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { canEnter } from '../src/account.ts';
import { AlreadyRunning } from '../src/owner.ts';
import { startPostgres, type Postgres } from '../src/postgres.ts';
import { startTemporaryPostgres } from '../src/testing.ts';

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // tests end servers on purpose
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const folderForPostgres = async () => {
  const folder = await temporaryFolder();
  await chmod(folder, 0o711);
  return folder;
};

describe('a temporary database', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startTemporaryPostgres();
  });
  afterAll(() => postgres.close());

  test('is a current PostgreSQL in UTF-8 that sorts the same on every machine', async () => {
    const [row] = await query(
      postgres.url,
      `SELECT current_setting('server_version_num')::int / 10000 AS version, pg_encoding_to_char(encoding) AS encoding,
         datlocprovider AS provider FROM pg_database WHERE datname = current_database()`,
    );
    expect(row).toEqual({ version: 18, encoding: 'UTF8', provider: 'b' });
  });

  test('listens on this machine only, with a password', async () => {
    const [row] = await query(postgres.url, `SHOW listen_addresses`);
    expect(row).toEqual({ listen_addresses: '127.0.0.1' });
    const wrong = postgres.url.replace(/:[^:@]+@/, ':wrong@');
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  test('comes back on the same address after its server was killed', async () => {
    await query(postgres.url, `CREATE TABLE kept AS SELECT 'here' AS word`);
    const { pid } = postgres;
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(
      async () => expect(await query(postgres.url, 'SELECT word FROM kept')).toEqual([{ word: 'here' }]),
      { timeout: 10_000 },
    );
    await vi.waitFor(() => expect(postgres.pid).not.toBe(pid));
  });
});

describe('a database in a folder', () => {
  test('has its data, password and port again after a restart, and no server in between', async () => {
    const dataDir = await folderForPostgres();
    const first = await startPostgres({ dataDir });
    await query(first.url, `CREATE TABLE kept AS SELECT 'here' AS word`);
    const { pid } = first;
    await first.close();
    expect(await identifyProcess(pid)).toBeUndefined();

    const second = await startPostgres({ dataDir });
    onTestFinished(() => second.close());
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT word FROM kept')).toEqual([{ word: 'here' }]);
    expect((await stat(join(dataDir, 'memory.json'))).mode & 0o777).toBe(0o600);
  });

  test('is refused to a second starter, who learns the pid of the first', async () => {
    const dataDir = await folderForPostgres();
    const postgres = await startPostgres({ dataDir });
    onTestFinished(() => postgres.close());
    const refusal = await startPostgres({ dataDir }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AlreadyRunning);
    expect((refusal as AlreadyRunning).pid).toBe(process.pid);
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('is taken over from an owner that was killed and left its server running', async () => {
    const dataDir = await folderForPostgres();
    const entry = new URL('../src/postgres.ts', import.meta.url).href;
    const program = `const { startPostgres } = await import(${JSON.stringify(entry)});
      const { url, pid } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
      console.log(JSON.stringify({ url, pid }));`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
    const left = JSON.parse(line) as { url: string; pid: number };
    await query(left.url, `CREATE TABLE kept AS SELECT 'here' AS word`);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(await identifyProcess(left.pid)).toContain(dataDir);

    const postgres = await startPostgres({ dataDir });
    onTestFinished(() => postgres.close());
    expect(await identifyProcess(left.pid)).toBeUndefined();
    expect(await query(postgres.url, 'SELECT word FROM kept')).toEqual([{ word: 'here' }]);
  });

  test('tells in PostgreSQL’s own words why it does not start', async () => {
    const dataDir = await folderForPostgres();
    const postgres = await startPostgres({ dataDir });
    await postgres.close();
    await chmod(join(dataDir, 'postgres/cluster'), 0o777);
    await expect(startPostgres({ dataDir })).rejects.toThrow('invalid permissions');
    await chmod(join(dataDir, 'postgres/cluster'), 0o700);
    await (await startPostgres({ dataDir })).close(); // the failure left nothing behind that would be in the way
  });
});

test.runIf(process.getuid?.() === 0)('a folder closed to all but root is found to be closed', async () => {
  const folder = await temporaryFolder();
  const somebody = { uid: 65_534, gid: 65_534 };
  expect(await canEnter(folder, somebody)).toBe(false);
  await chmod(folder, 0o711);
  expect(await canEnter(folder, somebody)).toBe(true);
});
