import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** A healthy connector publishes a row change in well under a second. In ms. */
const INTERVAL = 10_000;

/**
 * Upper bound of a count: it keeps the query cheap, and a larger number would not change the alarm.
 */
const LIMIT = 10_000;

export interface OutboxState {
  /**
   * Row changes that stayed unpublished for the whole interval. A single count would include those
   * that the connector is publishing at that moment.
   */
  readonly rowsWaiting: number;
  /** Row changes that the connector set aside, because they can never be published as they are. */
  readonly rowsSetAside: number;
}

/** @param interval in ms */
export async function observeOutbox(databaseUrl: string, interval = INTERVAL): Promise<OutboxState> {
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
    if (waiting.rows.length > 0) await delay(interval);
    const { rows } = await client.query<OutboxState>(
      `select
         (select count(*) from outbox
          where not processed and sequence_id = any ($1::bigint[]))::integer as "rowsWaiting",
         (select count(*) from (select 1 from outbox_set_aside limit $2) as found)::integer as "rowsSetAside"`,
      [waiting.rows.map((row) => row.sequence_id), LIMIT],
    );
    const [state] = rows;
    if (!state) throw new Error('The database returned no row for the state of the outbox');
    return state;
  } finally {
    await client.end();
  }
}
