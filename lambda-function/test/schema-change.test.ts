import { READ_PATHS } from '@chat/contract';
import type pg from 'pg';
import { describe, expect, onTestFinished } from 'vitest';
import { chatMsg, editedMsg, envelope } from './support/events.ts';
import { test as onDatabase, type ChatDatabase } from './support/fixtures.ts';
import { databaseEnv, startInstance } from './support/functions.ts';
import { request, SECRET } from './support/history.ts';
import { startProxy } from './support/proxy.ts';

/** Another chat_insert with the same effect, whose signature a test chooses. */
async function replaceInsert(client: pg.Client, timeType: string, resultType: string): Promise<void> {
  await client.query(`create schema former; alter function chat_insert set schema former;
    create function chat_insert(text, text, ${timeType}, text, text) returns ${resultType}
      language sql begin atomic
        select former.chat_insert($1, $2, $3::bigint, $4, $5)::${resultType};
      end`);
}

/** Runs a statement in the session of the function, at the next insert. */
async function atNextInsert({ client }: ChatDatabase, statement: string): Promise<void> {
  await client.query(`create or replace function meddle() returns trigger language plpgsql as $$
      begin
        execute $meddle$ ${statement} $meddle$;
        return new;
      end $$;
    create or replace trigger meddle before insert on chat_data
      for each row when (new.msg_id = 'meddle') execute function meddle()`);
}

const test = onDatabase.extend<{ read(path: string): Promise<number> }>({
  read: async ({ database }, use) => {
    const history = await startInstance('chat-history', {
      ...databaseEnv(database.url),
      HISTORY_SECRET: SECRET,
    });
    let cursor: string | undefined;
    await use(async (path) => {
      const query = path === READ_PATHS.changes && cursor ? { since: cursor } : undefined;
      const { statusCode, body } = await history(request(query, { path }));
      ({ cursor } = JSON.parse(body) as { cursor?: string });
      return statusCode;
    });
  },
});

describe('chat-history, after a statement was prepared,', () => {
  test.for<[string, string]>([
    ['a column became shorter', 'alter table chat_data alter column msg_data type varchar(9000)'],
    [
      'a column became a domain',
      'create domain a_name as text; alter table chat_data alter username type a_name',
    ],
    ['a column was added', 'alter table chat_data add column note text default now()::text'],
    [
      'a column was dropped and added again',
      'alter table chat_data drop column client_id; alter table chat_data add column client_id varchar(300)',
    ],
    [
      'the table was replaced',
      `alter table chat_data rename to former;
       create table chat_data (like former including all); alter table chat_data alter username type char(40)`,
    ],
  ])('answers when %s', async ([, statement], { database, read }) => {
    for (const path of ['/', READ_PATHS.changes, READ_PATHS.changes]) expect(await read(path)).toBe(200);
    await database.client.query(statement);
    for (const path of ['/', READ_PATHS.changes, '/', READ_PATHS.changes]) expect(await read(path)).toBe(200);
    // PostgreSQL ends the session that was replaced when it reads the farewell, which takes a moment.
    await expect.poll(() => database.connections()).toHaveLength(1);
  });

  test('answers when chat_changes was replaced by one with another result type', async ({
    database,
    read,
  }) => {
    for (const path of ['/', READ_PATHS.changes]) expect(await read(path)).toBe(200);
    expect(await read(READ_PATHS.changes)).toBe(200);
    await database.client.query(`alter function chat_changes rename to chat_changes_before;
      create function chat_changes(text, numeric, integer)
        returns table (complete boolean, msg_ids varchar[]) language sql
        as 'select complete, msg_ids::varchar[] from chat_changes_before($1::pg_snapshot, $2::bigint, $3)'`);
    expect(await read(READ_PATHS.changes)).toBe(200);
  });
});

describe('chat-writer, after a statement was prepared,', () => {
  test.for([
    ['another result type', 'bigint', 'varchar'],
    ['another parameter type', 'numeric', 'text'],
  ] as const)(
    'writes once when chat_insert was replaced by one with %s',
    async ([, timeType, resultType], { database, startWriter }) => {
      const writer = await startWriter();
      expect(await writer(envelope(chatMsg('a')))).toEqual({ written: 1 });
      await replaceInsert(database.client, timeType, resultType);
      expect(await writer(envelope(chatMsg('b')))).toEqual({ written: 1 });
      expect(await writer(envelope(chatMsg('b')))).toEqual({ duplicate: 1 });
    },
  );

  test('writes when the session forgot its statements', async ({ database, startWriter }) => {
    const writer = await startWriter();
    await atNextInsert(database, 'deallocate all');
    for (const id of ['a', 'meddle', 'b'])
      expect(await writer(envelope(chatMsg(id)))).toEqual({ written: 1 });
    expect(await database.texts()).toEqual({ a: 'hi', meddle: 'hi', b: 'hi' });
  });

  test('writes when the session has another statement of the same name', async ({
    database,
    startWriter,
  }) => {
    const writer = await startWriter();
    await atNextInsert(database, 'prepare "apply-changes" as select 1');
    expect(await writer(envelope(chatMsg('meddle')))).toEqual({ written: 1 });
    const changes = envelope(chatMsg('b'), editedMsg('e', 'meddle', 'edited'));
    expect(await writer(changes)).toEqual({ written: 1, edited: 1 });
  });

  test('makes one new connection and no more when the schema lacks what it needs', async ({
    database,
    startWriter,
  }) => {
    const proxy = await startProxy(database.url);
    onTestFinished(() => proxy.close());
    const writer = await startWriter({ PGPORT: String(proxy.port) });
    expect(await writer(envelope(chatMsg('a')))).toEqual({ written: 1 });
    await database.client.query('drop function chat_insert');
    await expect(writer(envelope(chatMsg('b')))).rejects.toMatchObject({ name: 'DatabaseRefused' });
    expect(proxy.connections).toBe(2);
  });
});
