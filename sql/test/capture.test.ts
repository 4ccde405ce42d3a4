import type pg from 'pg';
import { describe, expect } from 'vitest';
import { captureTable } from './support/capture.ts';
import { test } from './support/fixtures.ts';

async function outboxOf(client: pg.Client) {
  const { rows } = await client.query('select * from outbox order by sequence_id');
  return rows;
}

/** Captures TRUNCATE, as a connector does for a table whose deletes it captures. */
async function captureTruncate(client: pg.Client, table: string, ...args: string[]): Promise<void> {
  const list = args.map((arg) => `'${arg}'`).join();
  await client.query(`create trigger capture_truncate before truncate on ${table}
    for each statement execute function public.outbox_capture_truncate(${list})`);
}

describe('capture: a statement', () => {
  test('puts each row that it inserts, updates or deletes into the outbox, as it is then', async ({
    chat,
  }) => {
    await chat.query(`insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
      values ('Ann', 'm', 'hi', 'c', 5)`);
    await chat.query("update chat_data set msg_data = 'hello' where msg_id = 'm'");
    await chat.query("delete from chat_data where msg_id = 'm'");

    const row = {
      username: 'Ann',
      msg_id: 'm',
      msg_data: 'hi',
      client_id: 'c',
      incremental_record_id: 1,
      created_at_timestamp: 5,
      is_edited: null,
      revision: 1,
      edited_at_timestamp: null,
      changed_in: expect.stringMatching(/^\d+$/),
      source: 'database',
      changed_at_timestamp: null,
    };
    const edited = {
      ...row,
      msg_data: 'hello',
      revision: 2,
      changed_at_timestamp: expect.any(Number),
    };
    const outbox = await outboxOf(chat);
    expect(outbox.map(({ data }) => data)).toEqual([
      { table: 'chat_data', type: 'INSERT', row },
      { table: 'chat_data', type: 'UPDATE', row: edited },
      { table: 'chat_data', type: 'DELETE', row: edited },
    ]);
    expect(outbox[0]).toMatchObject({
      channel: 'incoming-chat',
      name: 'New message from the Ably/ Postgres connector',
      rejected: false,
      processed: false,
      headers: null,
      locked_by: null,
    });
    expect(new Set(outbox.map(({ mutation_id }) => mutation_id)).size).toBe(3);
  });

  test('with many rows puts them into the outbox in its own order', async ({ chat }) => {
    await chat.query(
      "insert into chat_data (msg_id) select 'm' || n from generate_series(1, 3000) n order by n desc",
    );
    const ids = (await outboxOf(chat)).map(({ data }) => data.row.msg_id);
    expect(ids).toEqual(Array.from({ length: 3000 }, (_, n) => `m${3000 - n}`));
  });

  test('leaves nothing in the outbox when it is rolled back', async ({ chat }) => {
    await chat.query('begin');
    await chat.query("insert into chat_data (msg_id) values ('m')");
    expect(await outboxOf(chat)).toHaveLength(1);
    await chat.query('rollback');
    expect(await outboxOf(chat)).toEqual([]);
  });

  test('of a role with rights on chat_data only is captured, but cannot read the outbox', async ({
    chat,
  }) => {
    await chat.query('drop role if exists some_program; create role some_program');
    await chat.query('grant select, insert, update, delete on chat_data to some_program');
    await chat.query('grant usage on sequence chat_data_incremental_record_id_seq to some_program');
    await chat.query('set role some_program');
    await chat.query("insert into chat_data (msg_id) values ('m')");
    await chat.query('delete from chat_data');
    await expect(chat.query('select * from outbox')).rejects.toThrow('permission denied');
    await expect(
      chat.query(
        "select * from chat_apply('{delete}', '{x}', '{someone}', '{1}', '{null}', '{null}', '{m}')",
      ),
    ).rejects.toThrow('permission denied');
    await chat.query('reset role');
    expect((await outboxOf(chat)).map(({ data }) => data.type)).toEqual(['INSERT', 'DELETE']);
  });
});

describe('capture: a trigger', () => {
  test('addresses every channel that it names, for its own operation only', async ({ client }) => {
    await captureTable(client, { channels: ['incoming-chat', 'audit'] });
    await client.query('drop trigger capture_update on chat_data');
    await client.query("insert into chat_data (msg_id) values ('a'), ('b')");
    await client.query("update chat_data set msg_data = 'x'");
    const seen = (await outboxOf(client)).map(
      ({ channel, data }) => `${channel} ${data.type} ${data.row.msg_id}`,
    );
    expect(seen.filter((line) => line.startsWith('audit'))).toEqual(['audit INSERT a', 'audit INSERT b']);
    expect(seen.filter((line) => line.startsWith('incoming-chat'))).toEqual([
      'incoming-chat INSERT a',
      'incoming-chat INSERT b',
    ]);
    expect(seen).toHaveLength(4);
  });

  test('without a channel fails the statement instead of losing its changes', async ({ client }) => {
    await captureTable(client, { channels: [] });
    await captureTruncate(client, 'chat_data', 'chat_data');
    const rejection = /null value in column "channel"/;
    await expect(client.query("insert into chat_data (msg_id) values ('a')")).rejects.toThrow(rejection);
    await client.query('alter table chat_data disable trigger capture_insert');
    await client.query("insert into chat_data (msg_id) values ('a')");
    await expect(client.query("update chat_data set msg_data = 'x'")).rejects.toThrow(rejection);
    await expect(client.query('delete from chat_data')).rejects.toThrow(rejection);
    await expect(client.query('truncate chat_data')).rejects.toThrow(rejection);
  });

  test('on a table of another schema passes its qualified name on', async ({ client }) => {
    await client.query('create schema shop; create table shop."Orders" (id int)');
    await captureTable(client, { table: 'shop.Orders', qualified: 'shop."Orders"', channels: ['orders'] });
    await client.query('insert into shop."Orders" values (1)');
    expect((await outboxOf(client)).map(({ data }) => data)).toEqual([
      { table: 'shop.Orders', type: 'INSERT', row: { id: 1 } },
    ]);
  });

  test('before TRUNCATE captures the delete of every row, for any column names', async ({ client }) => {
    await client.query('create schema shop; create table shop."Orders" (id int, channel text, removed text)');
    await captureTable(client, { table: 'shop.Orders', qualified: 'shop."Orders"', channels: ['orders'] });
    await captureTruncate(client, 'shop."Orders"', 'shop.Orders', 'orders');
    await client.query(`insert into shop."Orders" values (1, 'a', 'b'), (2, 'c', 'd')`);
    await client.query('truncate shop."Orders"');
    expect((await outboxOf(client)).slice(2).map(({ channel, data }) => [channel, data])).toEqual([
      ['orders', { table: 'shop.Orders', type: 'DELETE', row: { id: 1, channel: 'a', removed: 'b' } }],
      ['orders', { table: 'shop.Orders', type: 'DELETE', row: { id: 2, channel: 'c', removed: 'd' } }],
    ]);
  });
});

test('outbox: mutation_id is a UUID of version 7, which begins with the time', async ({ chat }) => {
  await captureTruncate(chat, 'chat_data', 'chat_data', 'incoming-chat');
  const before = Date.now();
  await chat.query("insert into chat_data (msg_id) values ('m')");
  await chat.query('truncate chat_data');
  const ids = (await outboxOf(chat)).map(({ mutation_id: id }) => id);
  expect(ids).toHaveLength(2);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const time = parseInt(id.slice(0, 13).replace('-', ''), 16);
    expect(time).toBeGreaterThanOrEqual(before - 1);
    expect(time).toBeLessThanOrEqual(Date.now() + 1);
  }
});
