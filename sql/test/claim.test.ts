import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../src/migrate.ts';
import { startDatabaseServer, withClient } from './support/database-server.ts';
import type { DatabaseServer } from './support/database-server.ts';

const WAITING = 50_000;
const CLAIM = `select sequence_id from public.outbox_claim_channel('me', 'chat', '{}', 8, 1000, 61440, 65536)`;

let server: DatabaseServer;
beforeAll(async () => {
  server = await startDatabaseServer();
});
afterAll(() => server.stop());

test('a claim reads as many rows as it takes, in order, however many wait', async () => {
  const url = await server.createDatabase();
  await migrate(url);
  await withClient(url, async (client) => {
    await client.query(
      `insert into outbox (mutation_id, channel, name, data)
       select n, 'chat', 'change', jsonb_build_object('text', repeat('x', 350)) from generate_series(1, $1::int) as n`,
      [WAITING],
    );
    await client.query('begin'); // the counters below are those of the transaction
    const { rows } = await client.query(CLAIM);
    const ids = rows.map(({ sequence_id: id }) => Number(id));
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => index + 1));
    expect(ids.length).toBeGreaterThan(1_000);
    const [read] = (
      await client.query(
        `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows
           from pg_stat_xact_user_tables where relname = 'outbox'`,
      )
    ).rows;
    expect(read.rows).toBeLessThan(2 * ids.length);
    await client.query('rollback');
  });
});
