import { describe, expect, test } from 'vitest';
import { chatRoutes, rawConfig, runConnector } from './support/connector.ts';
import { useSetting } from './support/setting.ts';

const setting = useSetting();

const route = (tablename: string, operation = 'INSERT') => ({
  tablename,
  operation,
  ablychannelname: 'changes',
});
const changes = () => setting.ably.accepted.map(({ data }) => JSON.parse(data ?? ''));

describe('TRUNCATE', () => {
  test('is told as the delete of every row', async () => {
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await setting.database.query(
      `INSERT INTO chat_data (msg_id) SELECT 'm' || i FROM generate_series(1, 3) i`,
    );
    await setting.database.query('TRUNCATE chat_data');
    await expect.poll(() => setting.ably.accepted.length).toBe(6);
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

  test('that is rolled back, or of a table whose deletes nobody wants, is not told', async () => {
    await setting.database.query('CREATE TABLE users (id int)');
    await using _ = await runConnector(
      rawConfig(setting.database, setting.ably, [...chatRoutes, route('users')]),
    );
    await setting.database.query(
      `INSERT INTO chat_data (msg_id) VALUES ('m1'); INSERT INTO users VALUES (1)`,
    );
    await setting.database.query('BEGIN; TRUNCATE chat_data; ROLLBACK');
    await setting.database.query('TRUNCATE users');
    await setting.database.query('INSERT INTO users VALUES (2)');
    await expect.poll(() => setting.ably.accepted.length).toBe(3);
    expect(changes().filter(({ type }) => type !== 'INSERT')).toEqual([]);
  });
});

test('a column renamed, added or dropped under way shows in the next change, also of a writer who was there before', async () => {
  await setting.database.query('CREATE TABLE users (id int, nick text)');
  await using _ = await runConnector(rawConfig(setting.database, setting.ably, [route('users')]));
  await using writer = await setting.database.connect();
  for (let i = 0; i < 8; i += 1) await writer.query(`INSERT INTO users VALUES (${i}, 'a')`); // its plans are cached now
  await setting.database.query('ALTER TABLE users RENAME nick TO name');
  await writer.query(`INSERT INTO users VALUES (8, 'b')`);
  await setting.database.query('ALTER TABLE users ADD age int');
  await writer.query(`INSERT INTO users VALUES (9, 'c', 30)`);
  await setting.database.query('ALTER TABLE users DROP name');
  await writer.query(`INSERT INTO users VALUES (10, 31)`);
  await expect.poll(() => setting.ably.accepted.length).toBe(11);
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

test('columns may have the names that the capture itself uses', async () => {
  const names = [
    'channel',
    'changed',
    'table_name',
    'control',
    'tg_op',
    'tg_argv',
    'tg_nargs',
    'place',
    'now_hex',
    'id_start',
    'new_rows',
    'data',
    'row',
  ];
  await setting.database.query(`CREATE TABLE odd (${names.map((name) => `"${name}" text`).join()})`);
  await using _ = await runConnector(
    rawConfig(setting.database, setting.ably, [route('odd'), route('odd', 'DELETE')]),
  );
  await setting.database.query(`INSERT INTO odd VALUES (${names.map((name) => `'${name}!'`).join()})`);
  await setting.database.query('TRUNCATE odd');
  await expect.poll(() => setting.ably.accepted.length).toBe(2);
  const row = Object.fromEntries(names.map((name) => [name, `${name}!`]));
  expect(changes()).toEqual(['INSERT', 'DELETE'].map((type) => ({ table: 'odd', type, row })));
});

describe('a table that is dropped', () => {
  test('is published to the end, does not disturb the others, and is reported, as long as it is gone', async () => {
    await setting.database.query('CREATE TABLE users (id int)');
    await using connector = await runConnector(
      rawConfig(setting.database, setting.ably, [...chatRoutes, route('users')]),
      {
        setupCheckPeriod: 50,
      },
    );
    const ready = async () => {
      const answer = await fetch(new URL('/ready', connector.healthUrl));
      return { status: answer.status, ...(await answer.json()) };
    };
    await setting.database.query('INSERT INTO users VALUES (1); DROP TABLE users');
    await setting.database.query(`INSERT INTO chat_data (msg_id) VALUES ('m1')`);
    await expect.poll(() => setting.ably.accepted.length).toBe(2);
    const reasons = ['tablename users: no such table'];
    await expect.poll(ready).toEqual({ status: 503, ready: false, reasons });

    // Made anew it has no triggers: its changes would go nowhere.
    await setting.database.query('CREATE TABLE users (id int)');
    const missing = ['missing: create trigger outbox_capture_insert on users'];
    await expect.poll(ready).toEqual({ status: 503, ready: false, reasons: missing });
    await using _restarted = await runConnector(
      rawConfig(setting.database, setting.ably, [...chatRoutes, route('users')]),
    );
    await expect.poll(ready).toEqual({ status: 200, ready: true, reasons: [] });
  });
});

test('a table that is renamed goes on being told under its old name, and that it is missing is reported', async () => {
  await setting.database.query('CREATE TABLE users (id int)');
  await using connector = await runConnector(rawConfig(setting.database, setting.ably, [route('users')]), {
    setupCheckPeriod: 50,
  });
  await setting.database.query('ALTER TABLE users RENAME TO people; INSERT INTO people VALUES (1)');
  await expect.poll(changes).toEqual([{ table: 'users', type: 'INSERT', row: { id: 1 } }]);
  await expect
    .poll(async () => (await fetch(new URL('/ready', connector.healthUrl))).json())
    .toEqual({ ready: false, reasons: ['tablename users: no such table'] });
  await using _renamed = await runConnector(rawConfig(setting.database, setting.ably, [route('people')]));
  await setting.database.query('INSERT INTO people VALUES (2)');
  await expect.poll(() => changes().slice(1)).toEqual([{ table: 'people', type: 'INSERT', row: { id: 2 } }]);
});
