import type pg from 'pg';
import { expect } from 'vitest';
import { test } from './support/fixtures.ts';

const BACKLOG = 50_000;
const CLAIM = `select sequence_id, batch_id
  from public.outbox_claim_channel('me', 'chat', '{}', 8, 1000, 61440, 65536)`;
const SETTLE = `select public.outbox_settle('me', $1, '{}', '{}', '{}', '{}')`;

test('outbox_claim_channel: reads in order only the rows that it returns, at any backlog', async ({
  client,
}) => {
  await fill(client, BACKLOG);
  await client.query('begin'); // rowsRead counts per transaction
  const { rows } = await client.query(CLAIM);
  const ids = rows.map(({ sequence_id: id }) => Number(id));
  expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => index + 1));
  expect(ids.length).toBeGreaterThan(1_000);
  expect(await rowsRead(client)).toBeLessThan(2 * ids.length);
  await client.query('rollback');
});

test('outbox_claim_channel and outbox_settle: read only their own rows, also in a session that planned for a small outbox', async ({
  client,
}) => {
  const claimTwiceAndSettle = async () => {
    const claimed = (await client.query(CLAIM)).rows;
    expect((await client.query(CLAIM)).rows).toEqual(claimed); // not settled yet
    await client.query(SETTLE, [[...new Set(claimed.map(({ batch_id: id }) => id))]]);
    return claimed.length;
  };
  for (let round = 0; round < 10; round += 1) {
    await fill(client, 10);
    expect(await claimTwiceAndSettle()).toBe(10);
  }
  await fill(client, BACKLOG);
  await client.query('begin');
  const rows = await claimTwiceAndSettle();
  expect(rows).toBeGreaterThan(1_000);
  expect(await rowsRead(client)).toBeLessThan(5 * rows);
  await client.query('rollback');
});

function fill(client: pg.Client, rows: number) {
  return client.query(
    `insert into outbox (channel, name, data)
     select 'chat', 'change', jsonb_build_object('text', repeat('x', 350))
     from generate_series(1, $1::int)`,
    [rows],
  );
}

/** Returns the number of outbox rows read in this transaction. */
async function rowsRead(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read
     from pg_stat_xact_user_tables where relname = 'outbox'`,
  );
  return rows[0].read;
}
