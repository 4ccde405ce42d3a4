import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { MigrationFailed } from './errors.ts';

const MIGRATIONS = join(import.meta.dirname, '..', 'migrations');

/**
 * Brings a database to the newest schema: applies each file of `sql/migrations` that it has not seen yet, in order, all in one
 * transaction. Safe to call at any time and from several places at once: the others wait, then find nothing left to do.
 * @returns the names of the files applied now, without `.sql`; empty when there was nothing to do
 * @throws MigrationFailed when the database cannot be reached or refuses a file; nothing is applied then
 */
export function migrate(databaseUrl: string): Promise<{ applied: string[] }> {
  return applyMigrations(databaseUrl, MIGRATIONS);
}

/** The same for any folder of numbered `.sql` files. */
export async function applyMigrations(databaseUrl: string, dir: string): Promise<{ applied: string[] }> {
  const client = await connect(databaseUrl);
  let current = 'none yet';
  try {
    const applied = await runner({
      dbClient: client,
      dir,
      direction: 'up',
      migrationsSchema: 'chat_private',
      createMigrationsSchema: true,
      migrationsTable: 'applied_migrations',
      singleTransaction: true,
      // A second starter waits for the first one's advisory lock. PostgreSQL frees it when its holder's connection ends, however.
      advisoryLockMode: 'wait',
      logger: {
        // The only place where the library says which file it is at.
        info: (line) => (current = /^### MIGRATION (\S+)/.exec(line)?.[1] ?? current),
        warn: () => undefined,
        error: () => undefined, // all of it is in the error thrown
      },
    });
    return { applied: applied.map(({ name }) => name) };
  } catch (error) {
    throw new MigrationFailed(`The migration stopped at ${current} and changed nothing: ${describe(error)}`, {
      cause: error,
    });
  } finally {
    await client.end();
  }
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'chat-migrate',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // Without a listener a connection lost between two queries would end the process; the query after it reports the loss.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    const { host, port, database } = client;
    throw new MigrationFailed(
      `Could not connect to database ${database} at ${host}:${port}: ${describe(error)}. ` +
        'Is it running, and are name, user and password in the address right?',
      { cause: error },
    );
  }
}

/** What PostgreSQL said, with its detail and hint. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node reports a refused connection to a name with several addresses as an AggregateError without a message.
  const message = error.message || String((error as NodeJS.ErrnoException).code);
  const { detail, hint } = error as pg.DatabaseError;
  return [message, detail, hint].filter(Boolean).join('. ');
}
