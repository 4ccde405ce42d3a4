import { describe, expect } from 'vitest';
import { rawConfig, runConnector, setUpTriggers } from './support/connector.ts';
import { test as base } from './support/fixtures.ts';
import type { TestDatabase } from './support/postgres.ts';

const CHANNELS = ['first', 'second', 'third'];

const test = base
  /** Rows of `items` go to three channels. */
  .extend('items', async ({ database, ably }) => {
    await database.query('create table items (channel text, name text)');
    const routes = CHANNELS.map((channel) => ({
      tablename: 'items',
      operation: 'INSERT',
      ablychannelname: channel,
    }));
    return rawConfig(database, ably, routes);
  })
  .extend(
    'accepted',
    ({ ably }) =>
      (channel: string) =>
        ably.accepted
          .filter((message) => message.channel === channel)
          .map(({ data = '' }) => (JSON.parse(data) as { row: { name: string } }).row.name),
  );

test.beforeAll(({ postgres }) => void postgres);

/** Stands for damaged pages and text that exceeds a limit: reading the row raises an error. */
const damage = (database: TestDatabase, channel: string) =>
  database.query(`
    create or replace function outbox_message_bytes(name text, data text, headers jsonb) returns bigint
    language plpgsql as $$
    begin
      if data like '%damaged%' and data like '%${channel}%' then
        raise 'invalid memory alloc request size' using errcode = 'XX000';
      end if;
      return octet_length(data);
    end $$`);

const setAside = (database: TestDatabase) =>
  database.query('select channel, data, status, code, reason from outbox_set_aside order by sequence_id');

const pending = (database: TestDatabase) => database.query('select from outbox where not processed');

describe('connector: a row that the database cannot read', () => {
  test.for(['before', 'after'] as const)(
    'is set aside with the reason, inserted %s the start, and stops neither channel',
    async (when, { database, items, accepted }) => {
      await damage(database, '');
      const insert = () =>
        database.query(`insert into items (name) select 'a' || i from generate_series(1, 300) as i;
          insert into items (name) values ('damaged'), ('between'), ('damaged');
          insert into items (name) select 'z' || i from generate_series(1, 300) as i`);
      await setUpTriggers(items);
      if (when === 'before') await insert();
      await using connector = await runConnector(items);
      if (when === 'after') await insert();
      await expect.poll(() => pending(database)).toEqual([]);
      const names = (letter: string) => Array.from({ length: 300 }, (_, index) => `${letter}${index + 1}`);
      for (const channel of CHANNELS) {
        expect(accepted(channel)).toEqual([...names('a'), 'between', ...names('z')]);
      }
      const rows = await setAside(database);
      expect(rows).toHaveLength(6);
      expect(rows[0]).toEqual({
        channel: 'first',
        data: expect.objectContaining({ row: { channel: null, name: 'damaged' } }),
        status: 0,
        code: 40_000,
        reason: 'The database cannot read the row: invalid memory alloc request size',
      });
      expect(connector.seen.rejected).toBe(6);
      expect(await database.query('select from outbox_batches')).toEqual([]);
    },
  );

  test('may be part of a batch that another node composed', async ({ database, items, accepted }) => {
    await setUpTriggers(items);
    await database.query(`insert into items (name) values ('a'), ('damaged'), ('z')`);
    await database.query(`select from outbox_claim('killed', '{}', '{}', '', 16, 8, 1000, 60000, 65536)`);
    await damage(database, '');
    await using _ = await runConnector(items);
    await expect.poll(() => pending(database)).toEqual([]);
    expect(accepted('second')).toEqual(['a', 'z']);
    expect(await setAside(database)).toHaveLength(3);
  });

  test('is set aside without its data if that cannot be copied either', async ({
    database,
    items,
    accepted,
  }) => {
    await damage(database, '');
    await database.query(`alter table outbox_set_aside add check (data::text not like '%damaged%')`);
    await using _ = await runConnector(items);
    await database.query(`insert into items (name) values ('a'), ('damaged'), ('z')`);
    await expect.poll(() => pending(database)).toEqual([]);
    expect(accepted('first')).toEqual(['a', 'z']);
    expect(await setAside(database)).toMatchObject(CHANNELS.map((channel) => ({ channel, data: null })));
  });
});

test('connector: publishes other channels while claims of one fail for another reason', async ({
  database,
  items,
  accepted,
}) => {
  await database.query(`create function refuse() returns trigger language plpgsql as $$
      begin
        if new.channel = 'second' then raise 'refused by the test'; end if;
        return new;
      end $$;
    create trigger refuse before insert on outbox_batches for each row execute function refuse()`);
  await using connector = await runConnector(items);
  await database.query(`insert into items (name) values ('a')`);
  await expect.poll(() => [accepted('first'), accepted('third')]).toEqual([['a'], ['a']]);
  const ready = async () =>
    (await (await fetch(new URL('/ready', connector.healthUrl))).json()).reasons as string[];
  await expect
    .poll(ready)
    .toEqual([expect.stringMatching(/^publishing to channel second fails since .*: refused by the test$/)]);
  expect(await setAside(database)).toEqual([]);
  await database.query('drop trigger refuse on outbox_batches');
  await expect.poll(() => accepted('second')).toEqual(['a']);
});

test('connector: sets aside a row whose headers are nested too deeply to encode', async ({
  database,
  items,
  ably,
}) => {
  await using _ = await runConnector(items);
  const depth = 6_000;
  await database.query(
    `insert into outbox (channel, name, headers) values
       ('first', 'before', null),
       ('first', 'deep', (repeat('{"a":', $1::int) || '1' || repeat('}', $1::int))::jsonb),
       ('first', 'after', null)`,
    [depth],
  );
  await expect.poll(() => pending(database)).toEqual([]);
  expect(ably.accepted.map(({ name }) => name)).toEqual(['before', 'after']);
  expect(await database.query('select name, reason from outbox_set_aside')).toEqual([
    { name: 'deep', reason: expect.stringContaining('cannot be encoded: Maximum call stack') },
  ]);
});
