import { INCOMING_CHANNEL } from '@chat/contract';
import type { Stack } from '@chat/stack';
import { Rest } from 'ably';
import pg from 'pg';

/** Inserts messages of one to six lines by twenty people, before any tab is open. */
export async function insertMessages(stack: Stack, count: number): Promise<void> {
  const database = new pg.Client({ connectionString: stack.postgres });
  await database.connect();
  try {
    await database.query(
      `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       select 'Person ' || n % 20, 'bench-' || n,
              'Message ' || n || ' ' || repeat('lorem ipsum dolor ', n % 23),
              'person-' || n % 20, 1700000000000 + n * 1000
         from generate_series(1, $1) as n`,
      [count],
    );
    // The connector keeps the newest row, to mark its progress.
    for (;;) {
      const { rows } = await database.query<{ count: string }>('select count(*) from outbox');
      if (Number(rows[0]?.count) <= 1) return;
    }
  } finally {
    await database.end();
  }
}

/** Row changes per publish: well below Ably's 64 KiB. */
const PUBLISH_SIZE = 100;

/** Publishes an edit of each of the newest rows, newest last, without changing the database. */
export async function publishEdits(
  stack: Stack,
  count: number,
  among: number,
  revision: number,
): Promise<void> {
  const { endpoint, port, key } = stack.ably;
  const channel = new Rest({ key, endpoint, port, tls: false }).channels.get(INCOMING_CHANNEL);
  const edits = Array.from({ length: count }, (_, index) => anEdit(among - count + index + 1, revision));
  for (let from = 0; from < count; from += PUBLISH_SIZE) {
    await channel.publish(edits.slice(from, from + PUBLISH_SIZE).map((data) => ({ name: 'row', data })));
  }
}

/** Keeps the length of the text and marks it as edited. */
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
