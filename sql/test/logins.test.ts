import { startDatabaseServer } from '@chat/postgres/testing';
import pg from 'pg';
import { describe, expect } from 'vitest';
import { ensureLogins, LOGINS } from '../src/logins.ts';
import { migrate } from '../src/migrate.ts';
import { captureTable } from './support/capture.ts';
import { test as base } from './support/fixtures.ts';

const PASSWORDS = { writer: "w'1%", history: 'h/2@', connector: 'c:3\\' };
type Part = keyof typeof LOGINS;

const addressFor = (url: string, part: Part, password = PASSWORDS[part]) =>
  Object.assign(new URL(url), { username: LOGINS[part], password: encodeURIComponent(password) }).href;

/** `run`: runs a statement in a session of a part's own login. */
const test = base.extend('run', async ({ url, client }) => {
  await captureTable(client);
  await ensureLogins(url, PASSWORDS);
  return async (part: Part, sql: string, password?: string): Promise<unknown[]> => {
    const session = new pg.Client(addressFor(url, part, password));
    await session.connect();
    try {
      return (await session.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await session.end();
    }
  };
});

const INSERT = "select chat_insert('a', 'ada', 1, 'Ada', 'hello') as outcome";
const APPLY = "'{insert}', '{b}', '{ada}', '{1}', '{Ada}', '{hello}', '{null}'";
const CLAIM = "select * from outbox_claim('n', '{}', '{}', '', 1, 1, 1, 1, 1)";
const LEASE = "insert into nodes (id, expiry) values ('n', now()) on conflict do nothing";

const ALLOWED: [Part, string][] = [
  ['writer', INSERT],
  ['writer', `select * from chat_apply(${APPLY})`],
  ['history', 'select * from chat_data'],
  ['history', "select * from chat_changes('3:3:', 1, 200)"],
  ['history', "select * from chat_message_versions('a', 9)"],
  ['history', 'select * from chat_timeline(10)'],
  ['connector', LEASE],
  ['connector', CLAIM],
  ['connector', 'select * from outbox, ablycontroltable'],
  ['connector', 'select * from outbox_set_aside'],
];

const READ_MESSAGES = 'select * from chat_data';
const DENIED: [Part, string][] = [
  ...['select * from outbox', READ_MESSAGES, 'delete from chat_data', CLAIM].map(deny('writer')),
  ...[INSERT, "insert into chat_data (msg_id) values ('x')", 'delete from chat_data'].map(deny('history')),
  ...['select * from outbox', 'select * from chat_private.versions', CLAIM].map(deny('history')),
  ...[INSERT, READ_MESSAGES, 'delete from chat_data', 'truncate chat_data'].map(deny('connector')),
  ...["insert into outbox (channel, name, data) values ('c', 'n', '{}')"].map(deny('connector')),
  ...(['writer', 'history', 'connector'] as const).flatMap((part) =>
    [
      'alter table chat_data add column mine text',
      'create table mine (id int)',
      'create schema mine',
      'create role mine',
      "update ablycontroltable set ablychannelname = 'mine'",
    ].map(deny(part)),
  ),
];

function deny(part: Part) {
  return (sql: string): [Part, string] => [part, sql];
}

describe('the logins of sql/logins.sql', () => {
  test('can do what their parts do', async ({ run }) => {
    for (const [part, sql] of ALLOWED) {
      await expect(run(part, sql), `${part}: ${sql}`).resolves.toBeInstanceOf(Array);
    }
  });

  test('can do nothing else', async ({ run }) => {
    for (const [part, sql] of DENIED) {
      await expect(run(part, sql), `${part}: ${sql}`).rejects.toThrow(
        /permission denied|must be owner|must be the owner/,
      );
    }
  });

  test('have exactly the listed rights on tables and functions', async ({ run, client }) => {
    void run;
    const { rows } = await client.query<{ right: string }>(`
      select grantee || ': ' || string_agg(name, ' ' order by name collate "C") as "right" from (
        select grantee, table_name || '.' || lower(string_agg(privilege_type, '+' order by privilege_type)) as name
        from information_schema.table_privileges where grantee like 'chat\\_%'
        group by grantee, table_name
        union all
        select grantee, routine_name || '()' from information_schema.routine_privileges
        where grantee like 'chat\\_%'
      ) as granted group by grantee order by grantee`);
    expect(rows.map(({ right }) => right)).toMatchInlineSnapshot(`
      [
        "chat_connector: ablycontroltable.select nodes.delete+insert+select+update outbox.delete+select+update outbox_batches.delete+insert+select+update outbox_claim() outbox_claim_channel() outbox_set_aside.insert+select outbox_settle()",
        "chat_history: chat_changes() chat_data.select chat_history_at() chat_message_versions() chat_search() chat_timeline()",
        "chat_writer: chat_apply() chat_apply_limited() chat_insert()",
      ]
    `);
  });

  test('lose a right that the file no longer grants', async ({ run, url, client }) => {
    await client.query('grant all on all tables in schema public to chat_history');
    await expect(run('history', 'delete from chat_data')).resolves.toEqual([]);
    await ensureLogins(url, PASSWORDS);
    await expect(run('history', 'delete from chat_data')).rejects.toThrow('permission denied');
  });

  test('keep a password that works, and get the given one when it does not', async ({ run, url, client }) => {
    const verifier = async () =>
      (await client.query("select rolpassword from pg_authid where rolname = 'chat_writer'")).rows;
    const before = await verifier();
    await ensureLogins(url, PASSWORDS);
    expect(await verifier()).toEqual(before);

    await ensureLogins(url, { ...PASSWORDS, writer: 'rotated' });
    await expect(run('writer', INSERT, 'rotated')).resolves.toHaveLength(1);
    await expect(run('writer', INSERT)).rejects.toThrow('password authentication failed');
  });

  test('are created by two migrations at the same time, of two databases of one server', async () => {
    const server = await startDatabaseServer();
    try {
      const one = await server.createDatabase();
      await migrate(one);
      const other = await server.createDatabase(one);
      await Promise.all([one, other].map((url) => ensureLogins(url, PASSWORDS)));
      for (const url of [one, other]) {
        const session = new pg.Client(addressFor(url, 'history'));
        await session.connect();
        expect((await session.query(READ_MESSAGES)).rows).toEqual([]);
        await session.end();
      }
    } finally {
      await server.stop();
    }
  });
});
