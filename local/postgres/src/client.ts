import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** The server does not accept connections yet: it does not listen, or recovers from a crash. */
const NOT_YET = new Set(['ECONNREFUSED', 'ECONNRESET', '57P03']);

/**
 * Waits until the server answers queries.
 * @param url any database of the server
 * @throws DatabaseError for an error that waiting does not cure, such as a wrong password
 * @throws the signal's reason when it is aborted
 */
export async function waitForServer(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await withClient(url, async (client) => void (await client.query('select 1')));
    } catch (error) {
      if (!NOT_YET.has(String((error as { code?: unknown }).code))) throw error;
    }
    await delay(20, undefined, { signal });
  }
}

/** Creates a database unless it exists. */
export async function ensureDatabase(url: string, name: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  });
}

async function withClient<T>(connectionString: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  // Without a listener, a connection that the server ends would end this process. The query rejects
  // in any case.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined); // rejects if the connection never opened
  }
}
