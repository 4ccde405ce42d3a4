import pg from 'pg';
import { startTemporaryPostgres } from '../../../local/src/postgres.ts';
import { migrate } from '../../src/migrate.ts';

/** A real PostgreSQL of our own, with its data in a temporary directory. Whoever starts it stops it. */
export interface DatabaseServer {
  /**
   * Makes an empty database; answers its address.
   * @param templateUrl a database to copy instead, to which nobody may be connected: quicker than to migrate each
   */
  createDatabase(templateUrl?: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startDatabaseServer(): Promise<DatabaseServer> {
  const { url, close } = await startTemporaryPostgres();
  const creations: Promise<unknown>[] = [];
  return {
    async createDatabase(templateUrl) {
      const name = `test_${creations.length + 1}`;
      const template = templateUrl ? `template ${new URL(templateUrl).pathname.slice(1)}` : '';
      const created = withClient(url, (client) => client.query(`create database ${name} ${template}`));
      creations.push(created);
      await created;
      return Object.assign(new URL(url), { pathname: `/${name}` }).href;
    },
    async stop() {
      await Promise.allSettled(creations); // one may be under way that nobody waits for any more
      await close();
    },
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

/**
 * Migrated databases, one after the other: copies of one, each made while the one before is in use.
 * @returns what answers the next one's address
 */
export async function migratedDatabases(server: DatabaseServer): Promise<() => Promise<string>> {
  const template = await server.createDatabase();
  await migrate(template);
  let coming = server.createDatabase(template);
  return async () => {
    const url = await coming;
    coming = server.createDatabase(template);
    coming.catch(() => undefined); // whoever asks for it hears of it
    return url;
  };
}
