import { INCOMING_CHANNEL } from '@chat/contract';
import type { Stack } from '@chat/stack';
import { Rest } from 'ably';
import pg from 'pg';

/** Messages of a lived-in chat: one to six lines, by twenty people. They reach nobody, being older than any tab. */
export async function insertMessages(stack: Stack, count: number): Promise<void> {
  const database = new pg.Client({ connectionString: stack.postgres });
  await database.connect();
  try {
    await database.query(
      `INSERT INTO chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       SELECT 'Person ' || n % 20, 'bench-' || n, 'Message ' || n || ' ' || repeat('lorem ipsum dolor ', n % 23), 'person-' || n % 20,
              1700000000000 + n * 1000
         FROM generate_series(1, $1) AS n`,
      [count],
    );
    // The newest row may stay, as a mark of how far the connector has come.
    for (;;) {
      const { rows } = await database.query<{ count: string }>('SELECT count(*) FROM outbox');
      if (Number(rows[0]?.count) <= 1) return;
    }
  } finally {
    await database.end();
  }
}

/** Row changes in one publish, well below Ably's 64 KiB. */
const AT_ONCE = 100;

/** Publishes an edit of each of the newest rows, the newest last, as the connector would; the database is left alone. */
export async function publishEdits(
  stack: Stack,
  count: number,
  among: number,
  revision: number,
): Promise<void> {
  const { endpoint, port, key } = stack.ably;
  const channel = new Rest({ key, endpoint, port, tls: false }).channels.get(INCOMING_CHANNEL);
  const edits = Array.from({ length: count }, (_, index) => anEdit(among - count + index + 1, revision));
  for (let from = 0; from < count; from += AT_ONCE) {
    await channel.publish(edits.slice(from, from + AT_ONCE).map((data) => ({ name: 'row', data })));
  }
}

/** The text is as long as it was, and tells that it is new. */
function anEdit(n: number, revision: number): string {
  return JSON.stringify({
    table: 'chat_data',
    type: 'UPDATE',
    row: {
      username: `Person ${n % 20}`,
      msg_id: `bench-${n}`,
      msg_data: `Edited ${revision}, message ${n}`,
      client_id: `person-${n % 20}`,
      incremental_record_id: n,
      created_at_timestamp: 1_700_000_000_000 + n * 1_000,
      is_edited: true,
      revision,
      edited_at_timestamp: 1_800_000_000_000,
    },
  });
}
