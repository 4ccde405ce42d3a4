import pg from 'pg';
import { startTemporaryPostgres } from '../../../local/src/postgres.ts';

/** A real PostgreSQL of our own, with its data in a temporary directory. Whoever starts it stops it. */
export interface DatabaseServer {
  /** Makes an empty database; answers its address. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

export async function startDatabaseServer(): Promise<DatabaseServer> {
  const { url, close } = await startTemporaryPostgres();
  let databases = 0;
  return {
    async createDatabase() {
      const name = `test_${++databases}`;
      await withClient(url, (client) => client.query(`create database ${name}`));
      return Object.assign(new URL(url), { pathname: `/${name}` }).href;
    },
    stop: close,
  };
}

/** Lends a connection for the time of `use`. */
export async function withClient<Result>(
  databaseUrl: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
