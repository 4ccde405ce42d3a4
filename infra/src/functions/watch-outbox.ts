import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** A healthy connector needs well under a second. In ms. */
export const PATIENCE = 10_000;

/** So many are counted at most: beyond, the number says nothing new. */
const MOST = 10_000;

/**
 * Counts the row changes that wait now and still wait after some time. Those that wait now alone may be in flight; these
 * nobody is taking care of.
 * @param patience time between the two looks, in ms
 */
export async function countStuckRows(databaseUrl: string, patience = PATIENCE): Promise<number> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'chat-watch',
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined); // the next query fails and tells
  try {
    await client.connect();
    const waiting = await client.query<{ sequence_id: string }>(
      'select sequence_id from outbox where not processed order by sequence_id limit $1',
      [MOST],
    );
    if (waiting.rows.length === 0) return 0;
    await delay(patience);
    const still = await client.query<{ count: number }>(
      'select count(*)::integer as count from outbox where not processed and sequence_id = any ($1::bigint[])',
      [waiting.rows.map((row) => row.sequence_id)],
    );
    return still.rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}
