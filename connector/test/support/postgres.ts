import { migrate, migratedDatabases, startDatabaseServer, type DatabaseServer } from '@chat/test-database';
import pg from 'pg';
import type { RawConfig } from '../../src/config/config.ts';

/** A PostgreSQL server of this test file's own. */
export interface PostgresServer extends Pick<DatabaseServer, 'restart' | 'stop'> {
  /** Creates a migrated database, or an `empty` one. */
  createDatabase(options?: { empty?: boolean }): Promise<TestDatabase>;
  migrate(database: TestDatabase): Promise<unknown>;
}

export interface TestDatabase extends AsyncDisposable {
  readonly dbConfig: RawConfig['dbConfig'];
  readonly url: string;
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Opens a connection of its own, for a transaction that stays open; also through a proxy. */
  connect(port?: number): Promise<Pick<pg.Client, 'query'> & AsyncDisposable>;
}

export async function startPostgres(binaries?: string): Promise<PostgresServer> {
  const server = await startDatabaseServer({ binaries });
  try {
    const nextMigrated = await migratedDatabases(server);
    return {
      createDatabase: async ({ empty = false } = {}) =>
        toTestDatabase(await (empty ? server.createDatabase() : nextMigrated())),
      migrate: (database) => migrate(database.url),
      restart: (how) => server.restart(how),
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function toTestDatabase(url: string): TestDatabase {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // Some tests cut every connection; the next query reports the failure.
  pool.on('error', () => undefined);
  return {
    dbConfig: configOf(new URL(url)),
    url,
    async query<Row extends object>(text: string, values?: unknown[]) {
      return (await pool.query<Row>(text, values)).rows;
    },
    async connect(port) {
      const address = new URL(url);
      if (port !== undefined) address.port = String(port);
      const client = new pg.Client(address.href);
      await client.connect();
      return { query: client.query.bind(client), [Symbol.asyncDispose]: () => client.end() };
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

function configOf({ hostname, port, username, password, pathname }: URL): RawConfig['dbConfig'] {
  return { host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) };
}
