import { hostAndPort } from '@chat/contract';
import pg from 'pg';
import { MigrationFailed } from './errors.ts';
import type { SqlFile } from './files.ts';

/** @throws MigrationFailed */
export async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'chat-migrate',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // Without a listener, a connection lost between two queries would end the process; the next query
  // reports the loss.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    const { host, port, database } = client;
    throw new MigrationFailed(
      `Could not connect to database ${database} at ${hostAndPort(host, port)}: ${describeError(error)}. ` +
        'Is it running, and are name, user and password in the address right?',
      { cause: error },
    );
  }
}

/** @throws MigrationFailed with the file's name and PostgreSQL's message */
export async function applyFile(client: pg.Client, { name, text }: SqlFile): Promise<void> {
  try {
    await client.query(text);
  } catch (error) {
    const { code, hint } = error as pg.DatabaseError;
    // invalid_function_definition; the hint is to drop the function first.
    const advice = code === '42P13' && hint ? ' Drop the function in a new file of sql/migrations.' : '';
    throw new MigrationFailed(
      `Migrating stopped at ${name} and changed nothing: ${describeError(error)}${advice}`,
      { cause: error },
    );
  }
}

/** PostgreSQL's message, with its detail and hint. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node reports a refused connection to a name with several addresses as an AggregateError without
  // a message.
  const message = error.message || String((error as NodeJS.ErrnoException).code);
  const { detail, hint } = error as pg.DatabaseError;
  return [message, detail, hint].filter(Boolean).join('. ');
}
