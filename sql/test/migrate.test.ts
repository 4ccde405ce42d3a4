import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { migrate } from '../src/migrate.ts';
import { withClient } from '@chat/postgres/testing';
import { test } from './support/fixtures.ts';
import { emptySqlFolder } from './support/sql-folder.ts';

/** As published in 2021, without the first statement. */
const ORIGINAL_SEQUENCE = 'create sequence chat_data_incremental_record_id_seq';
const ORIGINAL_TABLE = (recordIdDefault: string) => `create table public.chat_data (
  username text, msg_id text not null, msg_data text, client_id text,
  incremental_record_id bigint not null ${recordIdDefault}, created_at_timestamp bigint, is_edited boolean,
  constraint chat_data_pkey primary key (msg_id))`;

async function prepare(url: string, statements: readonly string[]): Promise<void> {
  await withClient(url, (client) => client.query(statements.join(';')));
}

test.for(['SQL_ASCII', 'LATIN1', 'WIN1252'])(
  'migrate: a database in %s is refused, and is left empty',
  async (encoding, { emptyUrl }) => {
    const name = `in_${encoding.toLowerCase()}`;
    await withClient(emptyUrl, (client) =>
      client.query(`create database ${name} template template0
        encoding '${encoding}' locale_provider libc locale 'C'`),
    );
    const url = Object.assign(new URL(emptyUrl), { pathname: `/${name}` }).href;
    await expect(migrate(url)).rejects.toThrow(
      `The database ${name} has the encoding ${encoding}, in which not every message can be stored`,
    );
    const { rows } = await withClient(url, (client) =>
      client.query(`select from pg_class where relnamespace = 'public'::regnamespace`),
    );
    expect(rows).toEqual([]);
  },
);

describe('migrate: an empty database', () => {
  test('gets every file once, migrations before functions', async ({ emptyUrl: url }) => {
    const { applied } = await migrate(url);
    expect(applied[0]).toBe('migrations/0001-chat-data.sql');
    expect(applied).toEqual([...applied].sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1)));
    expect(applied.at(-1)).toBe('functions/write-rules.sql');
    expect(await migrate(url)).toEqual({ applied: [] });
  });

  test('is migrated by one of several concurrent starters, while the others wait', async ({
    emptyUrl: url,
  }) => {
    const results = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    expect(results.map(({ applied }) => applied.length > 0).sort()).toEqual([false, false, true]);
  });

  test('gets a chat_data with the original columns and types first', async ({ url }) => {
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
      'changed_in xid8 YES',
      'source text YES',
      'changed_at_timestamp bigint YES',
    ]);
    expect(rows[4].column_default).toMatch(
      /^nextval\('(public\.)?chat_data_incremental_record_id_seq'::regclass\)$/,
    );
  });
});

describe('migrate: a database of the 2021 demo', () => {
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

  test.for(Object.entries(TABLES))(
    '%s keeps its rows, and numbers new ones after them',
    async ([, statements], { emptyUrl: url }) => {
      await prepare(url, statements);
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
        // A change of every row would be published, and would make every cursor incomplete.
        expect(rows.map(({ changed_in }) => changed_in !== null)).toEqual([false, false, false, false, true]);
        expect(rows[3]).toMatchObject({
          username: 'Bob',
          msg_data: 'fourth',
          is_edited: true,
          edited_at_timestamp: null,
        });
      });
    },
  );

  test('gives rows without a time one that keeps their position', async ({ emptyUrl: url }) => {
    await prepare(url, TABLES['without its sequence']);
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

  test('keeps the 2021 connector’s triggers, which do not fire while rows get a time', async ({
    emptyUrl: url,
  }) => {
    await prepare(url, [
      ...TABLES['with its sequence'],
      "create function ably_notify() returns trigger language plpgsql as $$ begin raise 'too long for NOTIFY'; end $$",
      'create trigger chat_data_notify_update after update on chat_data for each row execute function ably_notify()',
    ]);
    await migrate(url);
    await withClient(url, async (client) => {
      await expect(client.query('update chat_data set msg_data = msg_data')).rejects.toThrow(
        'too long for NOTIFY',
      );
    });
  });

  test('keeps the rows of its control table', async ({ emptyUrl: url }) => {
    await prepare(url, [
      `create table ablycontroltable (tablename varchar(100) not null, ablychannelname varchar(100) not null,
        operation varchar(50) not null, primary key (tablename, ablychannelname, operation))`,
      "insert into ablycontroltable values ('chat_data', 'incoming-chat', 'INSERT')",
    ]);
    await migrate(url);
    const { rows } = await withClient(url, (client) => client.query('select * from ablycontroltable'));
    expect(rows).toEqual([{ tablename: 'chat_data', ablychannelname: 'incoming-chat', operation: 'INSERT' }]);
  });
});

describe('migrate: a database that cannot be migrated', () => {
  test('because its chat_data has other columns is left unchanged, and the error names them', async ({
    emptyUrl: url,
  }) => {
    await prepare(url, ['create table chat_data (msg_id uuid primary key, msg_data text)']);
    await expect(migrate(url)).rejects.toThrow(
      /stopped at migrations\/0001-chat-data\.sql and changed nothing: .*msg_id should be text, is uuid.*is_edited should be boolean, is missing/,
    );
  });

  test('because its chat_data lacks the primary key is left unchanged', async ({ emptyUrl: url }) => {
    await prepare(url, [ORIGINAL_TABLE('').replace(/,\s+constraint.*key \(msg_id\)/, '')]);
    await expect(migrate(url)).rejects.toThrow(/primary key is not msg_id/);
  });

  test('because a file fails keeps nothing of the files before it', async ({ emptyUrl: url }) => {
    await using folder = await emptySqlFolder();
    await folder.write('migrations/0001-good.sql', 'create table good ();');
    await folder.write('migrations/0002-bad.sql', 'create table good ();');
    await expect(migrate(url, folder.path)).rejects.toThrow(
      /stopped at migrations\/0002-bad.sql .*already exists/,
    );
    const { rows } = await withClient(url, (client) => client.query("select to_regclass('good') as found"));
    expect(rows).toEqual([{ found: null }]);
  });
});

describe('npm run migrate', () => {
  const run = (env: NodeJS.ProcessEnv) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, '../src/main.ts')], { env });

  test('prints the files that it applied', async ({ emptyUrl: DATABASE_URL }) => {
    expect((await run({ DATABASE_URL })).stdout).toMatch(/^applied migrations\/0001-chat-data\.sql\n/);
    expect((await run({ DATABASE_URL })).stdout).toBe('The database is up to date.\n');
  });

  test.for<[NodeJS.ProcessEnv, RegExp]>([
    [{}, /DATABASE_URL: must be set/],
    [{ DATABASE_URL: 'mysql://x' }, /DATABASE_URL: must be like postgres/],
    [
      { DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x' },
      /^Could not connect to database x at 127\.0\.0\.1:1: .*ECONNREFUSED.*Is it running/,
    ],
    [{ DATABASE_URL: 'postgres://u@[::1]:1/x' }, /^Could not connect to database x at \[::1\]:1: /],
  ])('exits 1 and explains the problem in one line: %o', async ([env, message]) => {
    const failure = await run(env).then(
      () => undefined,
      (error: { code: number; stderr: string }) => error,
    );
    expect(failure).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
    expect(failure?.stderr.trim().split('\n')).toHaveLength(1);
    expect(failure?.stderr).not.toContain('secret');
  });
});

function order(name: string): number {
  return name.startsWith('migrations/') ? 0 : 1;
}
