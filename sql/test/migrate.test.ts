import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../src/migrate.ts';
import { startDatabaseServer, withClient } from './support/database-server.ts';
import type { DatabaseServer } from './support/database-server.ts';
import { emptySqlFolder } from './support/sql-folder.ts';

/** As published in 2021, where the first statement was missing. */
const ORIGINAL_SEQUENCE = 'create sequence chat_data_incremental_record_id_seq';
const ORIGINAL_TABLE = (recordIdDefault: string) => `create table public.chat_data (
  username text, msg_id text not null, msg_data text, client_id text,
  incremental_record_id bigint not null ${recordIdDefault}, created_at_timestamp bigint, is_edited boolean,
  constraint chat_data_pkey primary key (msg_id))`;

let server: DatabaseServer;
beforeAll(async () => {
  server = await startDatabaseServer();
});
afterAll(() => server.stop());

async function databaseWith(...statements: string[]): Promise<string> {
  const url = await server.createDatabase();
  await withClient(url, (client) => client.query(statements.join(';')));
  return url;
}

describe('an empty database', () => {
  test('gets every migration once; a second time there is nothing to do', async () => {
    const url = await server.createDatabase();
    const first = await migrate(url);
    expect(first.applied[0]).toBe('migrations/0001-chat-data.sql');
    expect(first.applied.length).toBeGreaterThanOrEqual(4);
    expect(await migrate(url)).toEqual({ applied: [] });
  });

  test('two starters at once: one applies, the other waits and finds nothing to do', async () => {
    const url = await server.createDatabase();
    const results = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    expect(results.map(({ applied }) => applied.length > 0).sort()).toEqual([false, false, true]);
  });

  test('has the original columns, types and key of chat_data', async () => {
    const url = await server.createDatabase();
    await migrate(url);
    const { rows } = await withClient(url, (client) =>
      client.query(`select column_name, data_type, is_nullable, column_default from information_schema.columns
        where table_name = 'chat_data' order by ordinal_position`),
    );
    expect(
      rows.map(({ column_name, data_type, is_nullable }) => `${column_name} ${data_type} ${is_nullable}`),
    ).toEqual([
      'username text YES',
      'msg_id text NO',
      'msg_data text YES',
      'client_id text YES',
      'incremental_record_id bigint NO',
      'created_at_timestamp bigint YES',
      'is_edited boolean YES',
      'revision integer NO',
      'edited_at_timestamp bigint YES',
    ]);
    expect(rows[4].column_default).toMatch(
      /^nextval\('(public\.)?chat_data_incremental_record_id_seq'::regclass\)$/,
    );
  });
});

describe('a database of the 2021 demo', () => {
  const ROWS = `insert into chat_data values
    ('Ann', 'a', 'first', 'c1', 1, null, false), ('Ann', 'b', 'second', 'c1', 2, 1000, false),
    ('Bob', 'c', 'third', 'c2', 3, null, null), ('Bob', 'd', 'fourth', 'c2', 7, 3000, true)`;

  const TABLES = {
    'with its sequence': [
      ORIGINAL_SEQUENCE,
      ORIGINAL_TABLE("default nextval('chat_data_incremental_record_id_seq')"),
      ROWS,
    ],
    'without its sequence': [ORIGINAL_TABLE(''), ROWS],
    'with a sequence that is ahead of the rows': [
      ORIGINAL_SEQUENCE,
      "select setval('chat_data_incremental_record_id_seq', 7)",
      ORIGINAL_TABLE("default nextval('chat_data_incremental_record_id_seq')"),
      ROWS,
    ],
  };

  test.each(Object.entries(TABLES))(
    '%s keeps its rows, and new ones come after them',
    async (_, statements) => {
      const url = await databaseWith(...statements);
      await migrate(url);
      await withClient(url, async (client) => {
        await client.query("insert into chat_data (msg_id, msg_data) values ('new', 'hello')");
        const { rows } = await client.query('select * from chat_data order by incremental_record_id');
        expect(
          rows.map(({ msg_id, incremental_record_id }) => [msg_id, Number(incremental_record_id)]),
        ).toEqual([
          ['a', 1],
          ['b', 2],
          ['c', 3],
          ['d', 7],
          ['new', 8],
        ]);
        expect(rows.map(({ revision }) => revision)).toEqual([1, 1, 1, 1, 1]);
        expect(rows[3]).toMatchObject({
          username: 'Bob',
          msg_data: 'fourth',
          is_edited: true,
          edited_at_timestamp: null,
        });
      });
    },
  );

  test('rows without a time get one that keeps them where they were read', async () => {
    const url = await databaseWith(...TABLES['without its sequence']);
    await migrate(url);
    const { rows } = await withClient(url, (client) =>
      client.query(
        'select msg_id, created_at_timestamp from chat_data order by created_at_timestamp, incremental_record_id',
      ),
    );
    expect(rows.map(({ msg_id, created_at_timestamp }) => [msg_id, Number(created_at_timestamp)])).toEqual([
      ['a', 1000],
      ['b', 1000],
      ['c', 1000],
      ['d', 3000],
    ]);
  });

  test('the old connector’s triggers stay on, but do not fire for the rows that get a time', async () => {
    const url = await databaseWith(
      ...TABLES['with its sequence'],
      "create function ably_notify() returns trigger language plpgsql as $$ begin raise 'too long for NOTIFY'; end $$",
      'create trigger chat_data_notify_update after update on chat_data for each row execute function ably_notify()',
    );
    await migrate(url);
    await withClient(url, async (client) => {
      await expect(client.query('update chat_data set msg_data = msg_data')).rejects.toThrow(
        'too long for NOTIFY',
      );
    });
  });

  test('its control table is taken over with what it holds', async () => {
    const url = await databaseWith(
      `create table ablycontroltable (tablename varchar(100) not null, ablychannelname varchar(100) not null,
        operation varchar(50) not null, primary key (tablename, ablychannelname, operation))`,
      "insert into ablycontroltable values ('chat_data', 'incoming-chat', 'INSERT')",
    );
    await migrate(url);
    const { rows } = await withClient(url, (client) => client.query('select * from ablycontroltable'));
    expect(rows).toEqual([{ tablename: 'chat_data', ablychannelname: 'incoming-chat', operation: 'INSERT' }]);
  });
});

describe('what cannot be migrated', () => {
  test('a table that only shares the name is left alone, and the error names its columns', async () => {
    const url = await databaseWith('create table chat_data (msg_id uuid primary key, msg_data text)');
    await expect(migrate(url)).rejects.toThrow(
      /stopped at migrations\/0001-chat-data\.sql and changed nothing: .*msg_id should be text, is uuid.*is_edited should be boolean, is missing/,
    );
  });

  test('a table without its primary key is left alone', async () => {
    const url = await databaseWith(ORIGINAL_TABLE('').replace(/,\s+constraint.*key \(msg_id\)/, ''));
    await expect(migrate(url)).rejects.toThrow(/primary key is not msg_id/);
  });

  test('a failing file takes back the ones before it', async () => {
    await using folder = await emptySqlFolder();
    await folder.write('migrations/0001-good.sql', 'create table good ();');
    await folder.write('migrations/0002-bad.sql', 'create table good ();');
    const url = await server.createDatabase();
    await expect(migrate(url, folder.path)).rejects.toThrow(
      /stopped at migrations\/0002-bad.sql .*already exists/,
    );
    const { rows } = await withClient(url, (client) => client.query("select to_regclass('good') as found"));
    expect(rows).toEqual([{ found: null }]);
  });
});

describe('npm run migrate', () => {
  const main = (env: NodeJS.ProcessEnv) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, '../src/main.ts')], { env });

  test('prints what it applied', async () => {
    const DATABASE_URL = await server.createDatabase();
    expect((await main({ DATABASE_URL })).stdout).toMatch(/^applied migrations\/0001-chat-data\.sql\n/);
    expect((await main({ DATABASE_URL })).stdout).toBe('The database is up to date.\n');
  });

  test.each([
    [{}, /DATABASE_URL: must be set/],
    [{ DATABASE_URL: 'mysql://x' }, /DATABASE_URL: must be like postgres/],
    [
      { DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x' },
      /^Could not connect to database x at 127\.0\.0\.1:1: .*ECONNREFUSED.*Is it running/,
    ],
  ])('says in one line what is wrong with %o and exits 1', async (env, message) => {
    const failure = await main(env).then(
      () => undefined,
      (error: { code: number; stderr: string }) => error,
    );
    expect(failure).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
    expect(failure?.stderr.trim().split('\n')).toHaveLength(1);
    expect(failure?.stderr).not.toContain('secret');
  });
});
