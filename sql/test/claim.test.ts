import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../src/migrate.ts';
import { startDatabaseServer, withClient } from './support/database-server.ts';
import type { DatabaseServer } from './support/database-server.ts';

const WAITING = 50_000;
const CLAIM = `select sequence_id, batch_id from public.outbox_claim_channel('me', 'chat', '{}', 8, 1000, 61440, 65536)`;
const SETTLE = `select public.outbox_settle('me', $1, '{}', '{}', '{}', '{}')`;

let server: DatabaseServer;
beforeAll(async () => {
  server = await startDatabaseServer();
});
afterAll(() => server.stop());

test('a claim reads as many rows as it takes, in order, however many wait', async () => {
  const url = await server.createDatabase();
  await migrate(url);
  await withClient(url, async (client) => {
    await fill(client, WAITING);
    await client.query('begin'); // the counters below are those of the transaction
    const { rows } = await client.query(CLAIM);
    const ids = rows.map(({ sequence_id: id }) => Number(id));
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => index + 1));
    expect(ids.length).toBeGreaterThan(1_000);
    expect(await rowsRead(client)).toBeLessThan(2 * ids.length);
    await client.query('rollback');
  });
});

test('claiming again and settling read the rows that they are about, also on a session that knew the outbox when it was small', async () => {
  const url = await server.createDatabase();
  await migrate(url);
  await withClient(url, async (client) => {
    const claimTwiceAndSettle = async () => {
      const claimed = (await client.query(CLAIM)).rows;
      expect((await client.query(CLAIM)).rows).toEqual(claimed); // unfinished, so it comes again
      await client.query(SETTLE, [[...new Set(claimed.map(({ batch_id: id }) => id))]]);
      return claimed.length;
    };
    for (let round = 0; round < 10; round += 1) {
      await fill(client, 10);
      expect(await claimTwiceAndSettle()).toBe(10);
    }
    await fill(client, WAITING);
    await client.query('begin');
    const rows = await claimTwiceAndSettle();
    expect(rows).toBeGreaterThan(1_000);
    expect(await rowsRead(client)).toBeLessThan(5 * rows);
    await client.query('rollback');
  });
});

function fill(client: pg.Client, rows: number) {
  return client.query(
    `insert into outbox (channel, name, data)
     select 'chat', 'change', jsonb_build_object('text', repeat('x', 350)) from generate_series(1, $1::int)`,
    [rows],
  );
}

/** In this transaction, from the outbox. */
async function rowsRead(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables where relname = 'outbox'`,
  );
  return rows[0].read;
}
