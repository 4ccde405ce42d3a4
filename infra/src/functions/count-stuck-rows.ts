import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** A healthy connector publishes a row change in well under a second. In ms. */
const INTERVAL = 10_000;

/**
 * Upper bound of the count: it keeps the query cheap, and a larger number would not change the
 * alarm.
 */
const LIMIT = 10_000;

/**
 * Counts the row changes that are unpublished now and still unpublished after the interval. A
 * single count would include row changes that the connector is publishing at that moment.
 * @param interval between the two counts, in ms
 */
export async function countStuckRows(databaseUrl: string, interval = INTERVAL): Promise<number> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'chat-watch',
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined); // the next query reports the lost connection
  try {
    await client.connect();
    const waiting = await client.query<{ sequence_id: string }>(
      'select sequence_id from outbox where not processed order by sequence_id limit $1',
      [LIMIT],
    );
    if (waiting.rows.length === 0) return 0;
    await delay(interval);
    const stuck = await client.query<{ count: number }>(
      'select count(*)::integer as count from outbox where not processed and sequence_id = any ($1::bigint[])',
      [waiting.rows.map((row) => row.sequence_id)],
    );
    return stuck.rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}
