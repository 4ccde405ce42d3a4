import { startTemporaryPostgres } from '@chat/local';
import { migrate } from '@chat/sql';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { RawConfig } from '../../src/config/config.ts';

/** A PostgreSQL of this test file's own. */
export interface PostgresServer {
  /** A fresh database with all migrations, or, when `empty`, with none. */
  createDatabase(options?: { empty?: boolean }): Promise<TestDatabase>;
  migrate(database: TestDatabase): Promise<unknown>;
  /** Cuts every connection, and resolves once the server answers again. A crash also loses what was not on disk. */
  restart(how: 'orderly' | 'crash'): Promise<void>;
  stop(): Promise<void>;
}

export interface TestDatabase extends AsyncDisposable {
  readonly dbConfig: RawConfig['dbConfig'];
  readonly url: string;
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** A connection of its own, for a transaction that stays open. */
  connect(): Promise<Pick<pg.Client, 'query'> & AsyncDisposable>;
}

const TEMPLATE = 'migrated';

export async function startPostgres(): Promise<PostgresServer> {
  const server = await startTemporaryPostgres();
  const addressOf = (name: string) => Object.assign(new URL(server.url), { pathname: `/${name}` });
  const urlOf = (name: string) => addressOf(name).href;
  const admin = async (text: string) => {
    const client = new pg.Client(urlOf('postgres'));
    await client.connect();
    await client.query(text);
    await client.end();
  };
  try {
    await admin(`CREATE DATABASE ${TEMPLATE}`);
    await migrate(urlOf(TEMPLATE));
  } catch (error) {
    await server.close();
    throw error;
  }

  let created = 0;
  return {
    async createDatabase({ empty = false } = {}) {
      created += 1;
      const name = `test_${created}`;
      await admin(`CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : TEMPLATE}`);

      const pool = new pg.Pool({ connectionString: urlOf(name), max: 4 });
      pool.on('error', () => undefined); // some tests cut every connection; the next query says what it finds
      return {
        dbConfig: configOf(addressOf(name)),
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
    async restart(how) {
      const before = server.pid;
      process.kill(before, how === 'crash' ? 'SIGQUIT' : 'SIGINT');
      while (server.pid === before) await delay(20); // it is started again by itself
    },
    stop: () => server.close(),
  };
}

function configOf({ hostname, port, username, password, pathname }: URL): RawConfig['dbConfig'] {
  return { host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) };
}
