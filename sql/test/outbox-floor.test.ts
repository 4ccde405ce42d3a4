import pg from 'pg';
import { describe, expect, onTestFinished } from 'vitest';
import { test as base } from './support/fixtures.ts';

const test = base
  .extend('connect', ({ url }) => async () => {
    const client = new pg.Client(url);
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  })
  /** The floor as a search finds it that is at least this old (s). */
  .extend('floor', ({ client }) => async (age = 2) => {
    await client.query(`update chat_private.outbox_floor
      set moved_at = moved_at - interval '${age} seconds', looked_at = looked_at - interval '${age} seconds'`);
    const { rows } = await client.query<{ floor: number }>(
      'select row_floor::int as floor from outbox_floor()',
    );
    return rows[0]?.floor;
  });

const insert = `insert into outbox (channel, name) values ('c', 'n') returning sequence_id::int as id`;

describe('the floor of the outbox', () => {
  test('is below every pending row, also the first one, and rises as rows are settled', async ({
    client,
    floor,
  }) => {
    expect([await floor(), await floor()]).toEqual([0, 0]);
    await client.query(`${insert}; ${insert}; ${insert}`);
    expect([await floor(), await floor()]).toEqual([0, 0]);
    await client.query('delete from outbox where sequence_id < 3');
    expect(await floor()).toBe(2);
    await client.query('delete from outbox');
    expect(await floor()).toBe(3);
    await client.query(insert);
    expect([await floor(), await floor()]).toEqual([3, 3]);
  });

  test('stays below a row whose transaction commits late', async ({ client, connect, floor }) => {
    const writer = await connect();
    await writer.query('begin; create temporary table anything (id int)');
    const late = (await writer.query(insert)).rows[0].id;
    await client.query(`${insert}; delete from outbox`);
    for (let look = 0; look < 3; look += 1) expect(await floor()).toBeLessThan(late);
    await writer.query('commit');
    expect([await floor(), await floor()]).toEqual([late - 1, late - 1]);
    await client.query('delete from outbox');
    expect([await floor(), await floor()]).toEqual([late + 1, late + 1]);
  });

  test('stays below a row that commits while it is looked for', async ({ client, connect, floor }) => {
    const [writer, blocker] = [await connect(), await connect()];
    await writer.query('begin; create temporary table anything (id int)');
    const late = (await writer.query(insert)).rows[0].id;
    await client.query(`${insert}; delete from outbox`);
    await floor();
    // The search for batches comes last, so the one for rows is over when it waits.
    await blocker.query('begin; lock table outbox_batches in access exclusive mode');
    const looking = floor();
    const waiting = `select from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`;
    await expect.poll(async () => (await blocker.query(waiting)).rowCount).toBe(1);
    await writer.query('commit');
    await blocker.query('commit');
    expect(await looking).toBeLessThan(late);
  });

  test('falls to a row that it missed, within a minute', async ({ client, connect, floor }) => {
    // A number is drawn outside the transaction that uses it.
    const { rows } = await client.query<{ id: number }>(
      `select nextval('outbox_sequence_id_seq')::int as id`,
    );
    const id = rows[0]?.id ?? 0;
    await client.query(`${insert}; delete from outbox`);
    expect([await floor(), await floor()]).toEqual([0, id + 1]);
    const writer = await connect();
    await writer.query(`insert into outbox (sequence_id, channel, name) values (${id}, 'c', 'n')`);
    expect(await floor(30)).toBe(id + 1);
    expect(await floor(31)).toBe(id - 1);
  });

  test('begins again in a database that was restored into another cluster', async ({ client, floor }) => {
    await client.query(`update chat_private.outbox_floor
      set row_floor = 1000, row_mark = 1000, marked_in = '900000000000'`);
    await client.query(insert);
    expect(await floor()).toBe(0);
  });

  test('lets a claim pass what an old snapshot keeps', async ({ client, connect, floor }) => {
    const holder = await connect();
    await holder.query('begin isolation level repeatable read; select count(*) from outbox');
    await client.query(
      `insert into outbox (channel, name) select 'c', 'n' from generate_series(1, 20000); delete from outbox`,
    );
    const pagesOfClaim = async () => {
      await client.query('begin');
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(`
        explain (analyze, buffers, format json)
        select * from outbox_claim('n', '{}', '{}', '', 16, 8, 1000, 61440, 65536)`);
      await client.query('rollback');
      const plan = rows[0]?.['QUERY PLAN'][0].Plan;
      expect(plan?.['Actual Rows']).toBe(1);
      return plan?.['Shared Hit Blocks'] ?? 0;
    };
    await client.query(insert);
    await pagesOfClaim(); // reads the catalogue
    const fromTheBeginning = await pagesOfClaim();
    await floor();
    await floor();
    expect(await pagesOfClaim()).toBeLessThan(fromTheBeginning / 5);
  });
});
