import { describe, expect } from 'vitest';
import { chatRoutes, runConnector, type RunningConnector } from './support/connector.ts';
import { test as base } from './support/fixtures.ts';

const test = base
  /** Returns the row changes that Ably has accepted. */
  .extend(
    'changes',
    ({ ably }) =>
      () =>
        ably.accepted.map(({ data }) => JSON.parse(data ?? '')),
  );

test.beforeAll(({ postgres }) => void postgres);

const route = (tablename: string, operation = 'INSERT') => ({
  tablename,
  operation,
  ablychannelname: 'changes',
});

async function readinessOf(connector: RunningConnector): Promise<object> {
  const response = await fetch(new URL('/ready', connector.healthUrl));
  return { status: response.status, ...((await response.json()) as object) };
}

describe('connector: a TRUNCATE', () => {
  test('is published as the delete of every row', async ({ database, ably, config, chat, changes }) => {
    await using _ = await runConnector(config);
    await chat.insert(1, 3);
    await database.query('truncate chat_data');
    await expect.poll(() => ably.accepted.length).toBe(6);
    expect(
      changes()
        .slice(3)
        .map(({ table, type, row }) => [table, type, row.msg_id]),
    ).toEqual([
      ['chat_data', 'DELETE', 'm1'],
      ['chat_data', 'DELETE', 'm2'],
      ['chat_data', 'DELETE', 'm3'],
    ]);
  });

  test('is not published when it is rolled back, or when deletes of the table are not captured', async ({
    database,
    ably,
    config,
    chat,
    changes,
  }) => {
    await database.query('create table users (id int)');
    await using _ = await runConnector({ ...config, connector: [...chatRoutes, route('users')] });
    await chat.insert(1, 1);
    await database.query('insert into users values (1)');
    await database.query('begin; truncate chat_data; rollback');
    await database.query('truncate users');
    await database.query('insert into users values (2)');
    await expect.poll(() => ably.accepted.length).toBe(3);
    expect(changes().filter(({ type }) => type !== 'INSERT')).toEqual([]);
  });
});

test('connector: publishes renamed, added and dropped columns from the next change on, also of connected writers', async ({
  database,
  ably,
  config,
  changes,
}) => {
  await database.query('create table users (id int, nick text)');
  await using _ = await runConnector({ ...config, connector: [route('users')] });
  await using writer = await database.connect();
  // Often enough for the server to cache the plans of the capture function.
  for (let i = 0; i < 8; i += 1) await writer.query(`insert into users values (${i}, 'a')`);
  await database.query('alter table users rename nick to name');
  await writer.query(`insert into users values (8, 'b')`);
  await database.query('alter table users add age int');
  await writer.query(`insert into users values (9, 'c', 30)`);
  await database.query('alter table users drop name');
  await writer.query(`insert into users values (10, 31)`);
  await expect.poll(() => ably.accepted.length).toBe(11);
  expect(
    changes()
      .slice(7)
      .map(({ row }) => row),
  ).toEqual([
    { id: 7, nick: 'a' },
    { id: 8, name: 'b' },
    { id: 9, name: 'c', age: 30 },
    { id: 10, age: 31 },
  ]);
});

test('connector: publishes columns whose names the capture functions use themselves', async ({
  database,
  ably,
  config,
  changes,
}) => {
  const names = [
    'channel',
    'changed',
    'table_name',
    'control',
    'tg_op',
    'tg_argv',
    'tg_nargs',
    'place',
    'position',
    'now_hex',
    'id_start',
    'new_rows',
    'data',
    'row',
  ];
  await database.query(`create table odd (${names.map((name) => `"${name}" text`).join()})`);
  await using _ = await runConnector({ ...config, connector: [route('odd'), route('odd', 'DELETE')] });
  await database.query(`insert into odd values (${names.map((name) => `'${name}!'`).join()})`);
  await database.query('truncate odd');
  await expect.poll(() => ably.accepted.length).toBe(2);
  const row = Object.fromEntries(names.map((name) => [name, `${name}!`]));
  expect(changes()).toEqual(['INSERT', 'DELETE'].map((type) => ({ table: 'odd', type, row })));
});

test('connector: publishes a dropped table’s last rows, continues with others, and reports it until it is repaired', async ({
  database,
  ably,
  config,
  chat,
}) => {
  const routes = [...chatRoutes, route('users')];
  await database.query('create table users (id int)');
  await using connector = await runConnector({ ...config, connector: routes }, { setupCheckPeriod: 50 });
  const readiness = () => readinessOf(connector);
  await database.query('insert into users values (1); drop table users');
  await chat.insert(1, 1);
  await expect.poll(() => ably.accepted.length).toBe(2);
  const reasons = ['tablename users: no such table'];
  await expect.poll(readiness).toEqual({ status: 503, ready: false, reasons });

  // The new table has no triggers, so its changes are not published.
  await database.query('create table users (id int)');
  const missing = ['missing: create trigger outbox_capture_insert on users'];
  await expect.poll(readiness).toEqual({ status: 503, ready: false, reasons: missing });
  await using _restarted = await runConnector({ ...config, connector: routes });
  await expect.poll(readiness).toEqual({ status: 200, ready: true, reasons: [] });
});

test('connector: publishes a renamed table under its old name, and reports the old one as missing', async ({
  database,
  config,
  changes,
}) => {
  await database.query('create table users (id int)');
  await using connector = await runConnector(
    { ...config, connector: [route('users')] },
    { setupCheckPeriod: 50 },
  );
  await database.query('alter table users rename to people; insert into people values (1)');
  await expect.poll(changes).toEqual([{ table: 'users', type: 'INSERT', row: { id: 1 } }]);
  await expect
    .poll(() => readinessOf(connector))
    .toEqual({ status: 503, ready: false, reasons: ['tablename users: no such table'] });
  await using _renamed = await runConnector({ ...config, connector: [route('people')] });
  await database.query('insert into people values (2)');
  await expect.poll(() => changes().slice(1)).toEqual([{ table: 'people', type: 'INSERT', row: { id: 2 } }]);
});
