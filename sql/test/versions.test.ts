import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished } from 'vitest';
import { test } from './support/fixtures.ts';
import { apply, edit, insert, remove } from './support/messages.ts';
import { now, pastAt, search, versionsOf } from './support/versions.ts';

async function count(client: pg.Client): Promise<number> {
  const { rows } = await client.query('select count(*)::int from chat_private.versions');
  return rows[0].count;
}

describe('the versions of a message', () => {
  test('are its text, time and source at each revision, by the chat and by SQL', async ({ client }) => {
    await apply(client, [insert('m', { timestamp: 100, content: 'one' })]);
    await apply(client, [edit('e', 'm', 200, 'two')]);
    const before = await now(client);
    await client.query(`update chat_data set msg_data = 'three' where msg_id = 'm'`);
    await apply(client, [edit('f', 'm', before + 60_000, 'four')]);
    const versions = await versionsOf(client, 'm');
    expect(versions).toEqual([
      { revision: 1, content: 'one', at: 100, source: 'chat' },
      { revision: 2, content: 'two', at: 200, source: 'chat' },
      { revision: 3, content: 'three', at: expect.any(Number), source: 'database' },
      { revision: 4, content: 'four', at: before + 60_000, source: 'chat' },
    ]);
    expect(versions[2]?.at).toBeGreaterThanOrEqual(before);
    expect(versions[2]?.at).toBeLessThan(before + 60_000);
    expect(await versionsOf(client, 'm', 2)).toEqual(versions.slice(2));
  });

  test('of SQL are from the database, also when the statement copies every column', async ({ client }) => {
    await client.query(`insert into chat_data (msg_id, msg_data) values ('m', 'one')`);
    await apply(client, [insert('n'), edit('e', 'n', 5, 'two')]);
    await client.query(
      `update chat_data set (msg_data, source) = (select msg_data, source from chat_data where msg_id = 'n')`,
    );
    const sources = async (id: string) => (await versionsOf(client, id)).map(({ source }) => source);
    expect(await sources('m')).toEqual(['database', 'database']);
    expect(await sources('n')).toEqual(['chat', 'chat', 'database']);
  });

  test('never go back in time, also when an older edit arrives after an update by SQL', async ({
    client,
  }) => {
    await apply(client, [insert('m', { timestamp: 100 })]);
    await client.query(`update chat_data set msg_data = 'sql'`);
    await apply(client, [edit('e', 'm', 200, 'late')]);
    const [, sql, late] = await versionsOf(client, 'm');
    expect(late).toMatchObject({ content: 'late', at: sql?.at });
  });

  test('are none for an unknown message, and cost nothing for one that is never changed', async ({
    client,
  }) => {
    await apply(client, [insert('a'), insert('b')]);
    await apply(client, [insert('a')]);
    expect(await versionsOf(client, 'unknown')).toEqual([]);
    expect(await count(client)).toBe(0);
  });

  test('go with the message: by a deletion in the chat, by SQL, and by a new id', async ({ client }) => {
    const ids = ['chat', 'sql', 'renamed', 'kept'];
    await apply(
      client,
      ids.map((id) => insert(id, { content: 'secret' })),
    );
    await client.query(`update chat_data set msg_data = 'harmless'`);
    await apply(client, [remove('d', 'chat')]);
    await client.query(`delete from chat_data where msg_id = 'sql'`);
    await client.query(`update chat_data set msg_id = 'other' where msg_id = 'renamed'`);
    expect(await search(client, 'secret')).toEqual(['kept v1: secret']);
    expect(await count(client)).toBe(1);
    await client.query('truncate chat_data');
    expect(await count(client)).toBe(0);
  });

  test('go also when the deletion waited for the edit', async ({ client, url }) => {
    await apply(client, [insert('m', { content: 'secret' })]);
    const other = new pg.Client(url);
    await other.connect();
    onTestFinished(() => other.end());
    await client.query('begin');
    await apply(client, [edit('e', 'm', 5, 'harmless')]);
    const deletion = other.query(`delete from chat_data where msg_id = 'm'`);
    await expect
      .poll(async () => (await client.query('select from pg_locks where not granted')).rowCount)
      .toBeGreaterThan(0);
    await client.query('commit');
    await deletion;
    expect(await count(client)).toBe(0);
  });

  test('are purged, and switched off for new sessions, as the README says', async ({ client, url }) => {
    const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
    const documented = (title: string) =>
      new RegExp(`\`\`\`sql\n-- ${title}\n([^\`]*)`).exec(readme)?.[1] ?? title;
    const year = 366 * 24 * 60 * 60_000;
    await apply(client, [insert('m', { timestamp: Date.now() - 2 * year, content: 'one' })]);
    await apply(client, [edit('e', 'm', Date.now() - year, 'two')]);
    await apply(client, [edit('f', 'm', Date.now(), 'three')]);
    await client.query(documented('Purge old versions'));
    expect((await versionsOf(client, 'm')).map(({ content }) => content)).toEqual(['two', 'three']);
    const name = new URL(url).pathname.slice(1);
    await client.query(documented('Switch versions off').replace('database chat', `database ${name}`));
    const other = new pg.Client(url);
    await other.connect();
    onTestFinished(() => other.end());
    await other.query(`update chat_data set msg_data = 'four'`);
    expect(await count(client)).toBe(0);
  });

  test('are not stored while they are switched off', async ({ client }) => {
    await apply(client, [insert('m', { content: 'one' })]);
    await client.query(`set chat.versions = 'off'`);
    await client.query(`update chat_data set msg_data = 'two'`);
    await client.query('reset chat.versions');
    await client.query(`update chat_data set msg_data = 'three'`);
    expect((await versionsOf(client, 'm')).map(({ content }) => content)).toEqual(['two', 'three']);
  });

  test('never fail a write, not even of a row that was copied without triggers', async ({ client }) => {
    await client.query(`alter table chat_data disable trigger user;
      insert into chat_data (msg_id, msg_data) values ('m', 'one');
      insert into chat_private.versions values ('m', 1, 'stray', null, 1, 1, 1, 1);
      alter table chat_data enable trigger user`);
    await client.query(`update chat_data set msg_data = repeat('long ', 500000)`);
    await client.query(`update chat_data set msg_data = null`);
    await client.query(`update chat_data set incremental_record_id = 77, msg_data = 'end'`);
    const contents = (await versionsOf(client, 'm')).map(({ content }) => content?.slice(0, 5));
    expect(contents).toEqual(['one', 'long ', undefined, 'end']);
    expect(await search(client, 'one')).toEqual(['m v1: one']);
  });
});

describe('the chat as it was', () => {
  test('has the old words, and neither later messages nor the words of deleted ones', async ({ client }) => {
    await apply(client, [
      insert('kept', { timestamp: 100, content: 'old' }),
      insert('gone', { timestamp: 200, content: 'secret' }),
      insert('later', { timestamp: 400 }),
    ]);
    await apply(client, [edit('e', 'kept', 300, 'new')]);
    await apply(client, [remove('d', 'gone')]);
    const texts = async (at: number) =>
      (await pastAt(client, at)).map((row) => `${row.msg_id} ${row.is_deleted ? 'deleted' : row.msg_data}`);
    expect(await texts(99)).toEqual([]);
    expect(await texts(100)).toEqual(['kept old']);
    expect(await texts(299)).toEqual(['gone deleted', 'kept old']);
    expect(await texts(300)).toEqual(['gone deleted', 'kept new']);
    expect(await texts(Date.now() + 60_000)).toEqual(['later hi', 'kept new']);
    expect((await pastAt(client, 250))[0]).toMatchObject({ username: null, client_id: null, msg_data: null });
  });

  test('has the oldest known words where the version of then was purged', async ({ client }) => {
    await apply(client, [insert('m', { timestamp: 100, content: 'one' })]);
    await apply(client, [edit('e', 'm', 200, 'two')]);
    await apply(client, [edit('f', 'm', 300, 'three')]);
    await client.query('delete from chat_private.versions where replaced_at <= 200');
    expect(await pastAt(client, 150)).toMatchObject([{ msg_data: 'two', revision: 2 }]);
  });

  test('has pages', async ({ client }) => {
    await apply(
      client,
      ['a', 'b', 'c', 'd'].map((id, index) => insert(id, { timestamp: index })),
    );
    await client.query(`delete from chat_data where msg_id = 'b'`);
    const ids = async (before: readonly [string, string]) =>
      (await pastAt(client, 2, { before, most: 2 })).map(({ msg_id }) => msg_id);
    expect(await ids(['9', '0'])).toEqual(['c', 'b']);
    expect(await ids(['1', '2'])).toEqual(['a']);
  });

  test('has a timeline: its first message, and the first change of each part', async ({ client }) => {
    const timeline = async () => (await client.query('select * from public.chat_timeline(10)')).rows;
    expect(await timeline()).toMatchObject([{ first_message: null, changed_at: null }]);
    const start = (await now(client)) - 100_000;
    await apply(client, [insert('m', { timestamp: start })]);
    for (const at of [15_000, 16_000, 77_000]) await apply(client, [edit(`e${at}`, 'm', start + at, 'x')]);
    expect(await timeline()).toMatchObject(
      [15_000, 77_000].map((at) => ({ first_message: String(start), changed_at: String(start + at) })),
    );
  });
});

describe('search', () => {
  test('finds messages by all words, the last of which may be unfinished, in any version', async ({
    client,
  }) => {
    await apply(client, [
      insert('a', { timestamp: 1, content: 'The quick brown fox' }),
      insert('b', { timestamp: 2, content: 'A quick answer' }),
      insert('c', { timestamp: 3, content: 'Привет, ÜBER 東京 naïve' }),
    ]);
    await apply(client, [edit('e', 'a', 10, 'The slow brown fox'), edit('f', 'b', 10, 'A quick reply')]);
    expect(await search(client, 'quick')).toEqual(['b v2: A quick reply', 'a v1: The quick brown fox']);
    expect(await search(client, 'brown qui')).toEqual(['a v1: The quick brown fox']);
    expect(await search(client, 'qui brown')).toEqual([]);
    for (const words of ['привет', 'über', '東', 'NAÏ']) expect(await search(client, words)).toHaveLength(1);
  });

  test.for([`'`, '&', '!quick', ':*', 'quick | slow', '', '  ', '\\', 'a:b', '<->'])(
    'takes %j for words, never for syntax',
    async (words, { client }) => {
      await apply(client, [insert('a', { content: 'slow' })]);
      expect(await search(client, words)).toEqual([]);
    },
  );

  test('has pages, each message once, with its newest matching version', async ({ client }) => {
    await apply(
      client,
      ['a', 'b', 'c'].map((id, index) => insert(id, { timestamp: index, content: `word ${id}` })),
    );
    for (let n = 0; n < 5; n += 1) await apply(client, [edit(`e${n}`, 'b', 10 + n, `word ${n}`)]);
    await apply(client, [edit('last', 'b', 20, 'nothing')]);
    expect(await search(client, 'word', { most: 2 })).toEqual(['c v1: word c', 'b v6: word 4']);
    expect(await search(client, 'word', { before: ['1', '2'] })).toEqual(['a v1: word a']);
    // The versions move with their message.
    await client.query(`update chat_data set created_at_timestamp = 50 where msg_id = 'b'`);
    expect(await search(client, 'word', { most: 1 })).toEqual(['b v6: word 4']);
  });
});
