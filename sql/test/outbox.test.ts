import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrate } from '../src/migrate.ts';
import { captureTable } from './support/capture.ts';
import { startDatabaseServer, withClient } from './support/database-server.ts';
import type { DatabaseServer } from './support/database-server.ts';

let server: DatabaseServer;
let url: string;
beforeAll(async () => {
  server = await startDatabaseServer();
});
afterAll(() => server.stop());

beforeEach(async () => {
  url = await server.createDatabase();
  await migrate(url);
});

async function outboxOf(client: pg.Client) {
  const { rows } = await client.query('select * from outbox order by sequence_id');
  return rows;
}

test('an insert, an update and a delete in plain SQL each leave the row, as it is then, in the outbox', async () => {
  await withClient(url, async (client) => {
    await captureTable(client);
    await client.query(`insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
      values ('Ann', 'm', 'hi', 'c', 5)`);
    await client.query("update chat_data set msg_data = 'hello' where msg_id = 'm'");
    await client.query("delete from chat_data where msg_id = 'm'");

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
    };
    const edited = { ...row, msg_data: 'hello', revision: 2 };
    const outbox = await outboxOf(client);
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
});

test('a statement over many rows leaves each of them, in the order of the statement', async () => {
  await withClient(url, async (client) => {
    await captureTable(client);
    await client.query(
      "insert into chat_data (msg_id) select 'm' || n from generate_series(1, 3000) n order by n desc",
    );
    const ids = (await outboxOf(client)).map(({ data }) => data.row.msg_id);
    expect(ids).toEqual(Array.from({ length: 3000 }, (_, n) => `m${3000 - n}`));
  });
});

test('every channel that the trigger names gets the change; an operation without a trigger goes nowhere', async () => {
  await withClient(url, async (client) => {
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
});

test('a trigger that names no channel fails the write, which would else be lost in silence', async () => {
  await withClient(url, async (client) => {
    await captureTable(client, { channels: [] });
    await client.query(`create trigger capture_truncate before truncate on chat_data
      for each statement execute function public.outbox_capture_truncate('chat_data')`);
    const refusal = /null value in column "channel"/;
    await expect(client.query("insert into chat_data (msg_id) values ('a')")).rejects.toThrow(refusal);
    await client.query('alter table chat_data disable trigger capture_insert');
    await client.query("insert into chat_data (msg_id) values ('a')");
    await expect(client.query("update chat_data set msg_data = 'x'")).rejects.toThrow(refusal);
    await expect(client.query('delete from chat_data')).rejects.toThrow(refusal);
    await expect(client.query('truncate chat_data')).rejects.toThrow(refusal);
  });
});

test('a table of another schema is named with it', async () => {
  await withClient(url, async (client) => {
    await client.query('create schema shop; create table shop."Orders" (id int)');
    await captureTable(client, { table: 'shop.Orders', qualified: 'shop."Orders"', channels: ['orders'] });
    await client.query('insert into shop."Orders" values (1)');
    expect((await outboxOf(client)).map(({ data }) => data)).toEqual([
      { table: 'shop.Orders', type: 'INSERT', row: { id: 1 } },
    ]);
  });
});

test('TRUNCATE leaves a delete of every row for the channels that want deletes, of any table', async () => {
  await withClient(url, async (client) => {
    await client.query('create schema shop; create table shop."Orders" (id int, channel text, changed text)');
    await captureTable(client, { table: 'shop.Orders', qualified: 'shop."Orders"', channels: ['orders'] });
    await client.query(`create trigger capture_truncate before truncate on shop."Orders"
      for each statement execute function public.outbox_capture_truncate('shop.Orders', 'orders')`);
    await client.query(`insert into shop."Orders" values (1, 'a', 'b'), (2, 'c', 'd')`);
    await client.query('truncate shop."Orders"');
    expect((await outboxOf(client)).slice(2).map(({ channel, data }) => [channel, data])).toEqual([
      ['orders', { table: 'shop.Orders', type: 'DELETE', row: { id: 1, channel: 'a', changed: 'b' } }],
      ['orders', { table: 'shop.Orders', type: 'DELETE', row: { id: 2, channel: 'c', changed: 'd' } }],
    ]);
  });
});

test('the id of a change begins with its time, as a UUID of version 7', async () => {
  await withClient(url, async (client) => {
    await captureTable(client);
    await client.query(`create trigger capture_truncate before truncate on chat_data
      for each statement execute function public.outbox_capture_truncate('chat_data', 'incoming-chat')`);
    const before = Date.now();
    await client.query("insert into chat_data (msg_id) values ('m')");
    await client.query('truncate chat_data');
    const ids = (await outboxOf(client)).map(({ mutation_id: id }) => id);
    expect(ids).toHaveLength(2);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const time = parseInt(id.slice(0, 13).replace('-', ''), 16);
      expect(time).toBeGreaterThanOrEqual(before - 1);
      expect(time).toBeLessThanOrEqual(Date.now() + 1);
    }
  });
});

test('what is rolled back leaves nothing', async () => {
  await withClient(url, async (client) => {
    await captureTable(client);
    await client.query('begin');
    await client.query("insert into chat_data (msg_id) values ('m')");
    expect(await outboxOf(client)).toHaveLength(1);
    await client.query('rollback');
    expect(await outboxOf(client)).toEqual([]);
  });
});

test('a program that may only write to chat_data reaches the outbox, but may not read it', async () => {
  await withClient(url, async (client) => {
    await captureTable(client);
    await client.query('drop role if exists some_program; create role some_program');
    await client.query('grant select, insert, update, delete on chat_data to some_program');
    await client.query('grant usage on sequence chat_data_incremental_record_id_seq to some_program');
    await client.query('set role some_program');
    await client.query("insert into chat_data (msg_id) values ('m')");
    await client.query('delete from chat_data');
    await expect(client.query('select * from outbox')).rejects.toThrow('permission denied');
    await expect(
      client.query(
        "select * from chat_apply('{delete}', '{x}', '{someone}', '{1}', '{null}', '{null}', '{m}')",
      ),
    ).rejects.toThrow('permission denied');
    await client.query('reset role');
    expect((await outboxOf(client)).map(({ data }) => data.type)).toEqual(['INSERT', 'DELETE']);
    await client.query('drop owned by some_program; drop role some_program');
  });
});

test('whoever listens on ably_adbc is nudged once per commit, without content', async () => {
  await withClient(url, async (listener) => {
    const nudges: pg.Notification[] = [];
    const nudged = new Promise<void>((resolve) =>
      listener.on('notification', (nudge) => {
        nudges.push(nudge);
        if (nudge.channel === 'end') resolve();
      }),
    );
    await listener.query('listen ably_adbc; listen "end"');
    await withClient(url, async (client) => {
      await captureTable(client);
      await client.query(
        "insert into chat_data (msg_id, msg_data) select n, repeat('x', 9000) from generate_series(1, 50) n",
      );
      await client.query('notify "end"');
    });
    await nudged;
    expect(nudges.map(({ channel, payload }) => ({ channel, payload }))).toEqual([
      { channel: 'ably_adbc', payload: '' },
      { channel: 'end', payload: '' },
    ]);
  });
});
