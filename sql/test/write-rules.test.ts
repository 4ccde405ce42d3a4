import type pg from 'pg';
import { describe, expect } from 'vitest';
import { test } from './support/fixtures.ts';
import { apply, edit, insert, remove } from './support/messages.ts';

async function row(client: pg.Client, msgId: string) {
  const { rows } = await client.query('select * from chat_data where msg_id = $1', [msgId]);
  return rows[0];
}
async function changes(client: pg.Client) {
  const { rows } = await client.query(
    `select data ->> 'type' || ' ' || (data -> 'row' ->> 'msg_id') as change
     from outbox order by sequence_id`,
  );
  return rows.map(({ change }) => change);
}

describe('write rules: an insert', () => {
  test('writes the message as published', async ({ chat }) => {
    expect(await apply(chat, [insert('m', { timestamp: 7 })])).toEqual(['written']);
    expect(await row(chat, 'm')).toEqual({
      username: 'Ann',
      msg_id: 'm',
      msg_data: 'hi',
      client_id: 'ann',
      incremental_record_id: '1',
      created_at_timestamp: '7',
      is_edited: false,
      revision: 1,
      edited_at_timestamp: null,
      changed_in: expect.stringMatching(/^\d+$/),
      source: 'chat',
      changed_at_timestamp: null,
    });
  });

  test('changes nothing when repeated, in the same event or later', async ({ chat }) => {
    const event = [insert('m'), insert('m', { content: 'again' })];
    expect(await apply(chat, event)).toEqual(['written', 'duplicate']);
    expect(await apply(chat, [insert('m')])).toEqual(['duplicate']);
    expect(await row(chat, 'm')).toMatchObject({ msg_data: 'hi', client_id: 'ann', revision: 1 });
    expect(await changes(chat)).toEqual(['INSERT m']);
  });

  test('is rejected under an id of another author, in the same event or later', async ({ chat }) => {
    const foreign = insert('m', { clientId: 'eve', content: 'mine now' });
    expect(await apply(chat, [insert('m'), foreign, insert('m')])).toEqual([
      'written',
      'foreign',
      'duplicate',
    ]);
    expect(await apply(chat, [foreign])).toEqual(['foreign']);
    expect(await apply(chat, [foreign, insert('n')])).toEqual(['foreign', 'written']);
    expect(await row(chat, 'm')).toMatchObject({ msg_data: 'hi', client_id: 'ann', revision: 1 });
  });

  test('is rejected under the id of a row without an author', async ({ chat }) => {
    await chat.query("insert into chat_data (msg_id) values ('m')");
    expect(await apply(chat, [insert('m')])).toEqual(['foreign']);
    expect(await apply(chat, [insert('m'), insert('n')])).toEqual(['foreign', 'written']);
  });

  test('does not bring back a message that its author deleted', async ({ chat }) => {
    await apply(chat, [insert('m'), remove('d', 'm')]);
    expect(await apply(chat, [insert('m')])).toEqual(['gone']);
    expect(await row(chat, 'm')).toBeUndefined();
  });

  test('does not bring back a message that a moderator deleted in plain SQL', async ({ chat }) => {
    await apply(chat, [insert('m')]);
    await chat.query("delete from chat_data where msg_id = 'm'");
    expect(await apply(chat, [insert('m')])).toEqual(['gone']);
    expect(await changes(chat)).toEqual(['INSERT m', 'DELETE m']);
  });

  test('gets its record id in event order, although rows are inserted sorted', async ({ chat }) => {
    await apply(chat, [insert('base:9'), insert('base:10'), insert('base:11')]);
    const { rows } = await chat.query('select msg_id from chat_data order by incremental_record_id');
    expect(rows.map(({ msg_id }) => msg_id)).toEqual(['base:9', 'base:10', 'base:11']);
  });
});

describe('write rules: an edit', () => {
  test.beforeEach(({ chat }) => apply(chat, [insert('m')]));

  test('changes the text and its flag, not the name under which it was written', async ({ chat }) => {
    expect(await apply(chat, [edit('e', 'm', 5, 'hello')])).toEqual(['edited']);
    expect(await row(chat, 'm')).toMatchObject({
      msg_data: 'hello',
      username: 'Ann',
      is_edited: true,
      edited_at_timestamp: '5',
      created_at_timestamp: '1',
      revision: 2,
    });
  });

  test('changes nothing when it is older than the applied one, or the same', async ({ chat }) => {
    const newer = edit('e2', 'm', 5, 'newer');
    await apply(chat, [newer]);
    expect(await apply(chat, [edit('e1', 'm', 4, 'older'), newer])).toEqual(['stale', 'duplicate']);
    expect(await row(chat, 'm')).toMatchObject({ msg_data: 'newer', revision: 2 });
  });

  test('published again changes nothing while it is the newest, whatever its time and the text now', async ({
    chat,
  }) => {
    await apply(chat, [edit('e', 'm', 5, 'hello')]);
    await chat.query("update chat_data set msg_data = 'moderated' where msg_id = 'm'");
    for (const timestamp of [4, 5, 6]) {
      expect(await apply(chat, [edit('e', 'm', timestamp, 'hello')])).toEqual(['duplicate']);
    }
    expect(await row(chat, 'm')).toMatchObject({
      msg_data: 'moderated',
      edited_at_timestamp: '5',
      revision: 3,
    });
  });

  test('published again is stale after a later one of its author', async ({ chat }) => {
    await apply(chat, [edit('e1', 'm', 5, 'one')]);
    await apply(chat, [edit('e2', 'm', 6, 'two')]);
    expect(await apply(chat, [edit('e1', 'm', 5, 'one')])).toEqual(['stale']);
    expect(await row(chat, 'm')).toMatchObject({ msg_data: 'two', revision: 3 });
  });

  test('published again does not hinder a later one in the same event', async ({ chat }) => {
    await apply(chat, [edit('e1', 'm', 5, 'one')]);
    const event = [edit('e1', 'm', 9, 'one'), edit('e2', 'm', 8, 'two'), edit('e2', 'm', 7, 'two')];
    expect(await apply(chat, event)).toEqual(['duplicate', 'edited', 'duplicate']);
    expect(await row(chat, 'm')).toMatchObject({ msg_data: 'two', edited_at_timestamp: '8', revision: 3 });
  });

  test.for([
    ['b', 'a'],
    ['a', 'b'],
    ['Z', 'a'],
    ['é', 'z'],
  ] as const)(
    'wins over one of the same millisecond by its greater id, compared as bytes (%s, %s)',
    async ([first, second], { chat }) => {
      await apply(chat, [edit(first, 'm', 5, `text of ${first}`)]);
      await apply(chat, [edit(second, 'm', 5, `text of ${second}`)]);
      const greater = Buffer.compare(Buffer.from(first), Buffer.from(second)) > 0 ? first : second;
      expect((await row(chat, 'm')).msg_data).toBe(`text of ${greater}`);
    },
  );

  test('that keeps the text still prevents an older edit from winning', async ({ chat }) => {
    await apply(chat, [edit('e3', 'm', 7, 'hi')]);
    expect(await apply(chat, [edit('e2', 'm', 6, 'in between')])).toEqual(['stale']);
    expect(await row(chat, 'm')).toMatchObject({ msg_data: 'hi', edited_at_timestamp: '7' });
  });

  test('updates the row once when an event has several, to the newest', async ({ chat }) => {
    const newest = edit('e3', 'm', 7, 'three');
    const event = [edit('e2', 'm', 6, 'two'), newest, newest, edit('e1', 'm', 5, 'one')];
    expect(await apply(chat, event)).toEqual(['stale', 'edited', 'duplicate', 'stale']);
    expect(await row(chat, 'm')).toMatchObject({ msg_data: 'three', revision: 2 });
  });

  test('by another author is rejected, and does not hinder the author’s', async ({ chat }) => {
    const event = [edit('x', 'm', 9, 'defaced', 'eve'), edit('e', 'm', 5, 'mine')];
    expect(await apply(chat, event)).toEqual(['foreign', 'edited']);
    expect(await row(chat, 'm')).toMatchObject({ msg_data: 'mine', revision: 2 });
  });

  test('of a message without an author is rejected', async ({ chat }) => {
    await chat.query("insert into chat_data (msg_id, msg_data) values ('by hand', 'x')");
    expect(await apply(chat, [edit('e', 'by hand', 5, 'y')])).toEqual(['foreign']);
  });

  test('is applied to a message of 2021 that was edited without a time', async ({ chat }) => {
    await chat.query("update chat_data set is_edited = true where msg_id = 'm'");
    expect(await apply(chat, [edit('e', 'm', 5, 'y')])).toEqual(['edited']);
  });

  test('of a deleted message changes nothing and is not retried', async ({ chat }) => {
    await apply(chat, [remove('d', 'm')]);
    expect(await apply(chat, [edit('e', 'm', 5, 'y')])).toEqual(['gone']);
  });

  test('before its insert is reported as retryable, and its neighbours are written', async ({ chat }) => {
    const event = [edit('e', 'later', 5, 'y'), insert('n')];
    expect(await apply(chat, event)).toEqual(['missing-target', 'written']);
    expect(await apply(chat, [insert('later')])).toEqual(['written']);
    expect(await apply(chat, event)).toEqual(['edited', 'duplicate']);
  });
});

describe('write rules: a delete', () => {
  test('removes the author’s message, and changes nothing when repeated', async ({ chat }) => {
    await apply(chat, [insert('m')]);
    expect(await apply(chat, [remove('d', 'm'), remove('d', 'm')])).toEqual(['deleted', 'gone']);
    expect(await apply(chat, [remove('d', 'm')])).toEqual(['gone']);
    expect(await changes(chat)).toEqual(['INSERT m', 'DELETE m']);
  });

  test('by another author is rejected', async ({ chat }) => {
    await apply(chat, [insert('m')]);
    expect(await apply(chat, [remove('d', 'm', 'eve')])).toEqual(['foreign']);
    expect(await row(chat, 'm')).toBeDefined();
  });

  test('before its insert is reported as retryable', async ({ chat }) => {
    expect(await apply(chat, [remove('d', 'm')])).toEqual(['missing-target']);
  });

  test('leaves nothing of the message but its id', async ({ chat }) => {
    await apply(chat, [insert('m'), edit('e', 'm', 5, 'secret'), remove('d', 'm')]);
    const { rows } = await chat.query('select msg_id from chat_private.deleted_messages');
    expect(rows).toEqual([{ msg_id: 'm' }]);
    expect((await chat.query('select * from chat_private.newest_edits')).rows).toEqual([]);
  });
});

describe('write rules: an event', () => {
  test('applies a message’s insert, edit and delete in this order, however it lists them', async ({
    chat,
  }) => {
    const event = [remove('d', 'm'), edit('e', 'm', 5, 'y'), insert('m')];
    expect(await apply(chat, event)).toEqual(['deleted', 'edited', 'written']);
    expect(await changes(chat)).toEqual(['INSERT m', 'UPDATE m', 'DELETE m']);
  });

  test('without messages changes nothing', async ({ chat }) => {
    expect(await apply(chat, [])).toEqual([]);
  });

  test('of 1,000 messages is applied', async ({ chat }) => {
    const inserts = Array.from({ length: 400 }, (_, n) => insert(`m${n}`));
    const edits = Array.from({ length: 400 }, (_, n) => edit(`e${n}`, `m${n}`, 5, 'edited'));
    const deletes = Array.from({ length: 200 }, (_, n) => remove(`d${n}`, `m${n}`));
    const outcomes = await apply(chat, [...deletes, ...edits, ...inserts]);
    expect(Object.groupBy(outcomes, (outcome) => outcome)).toEqual({
      written: expect.objectContaining({ length: 400 }),
      edited: expect.objectContaining({ length: 400 }),
      deleted: expect.objectContaining({ length: 200 }),
    });
    const { rows } = await chat.query('select count(*)::int from chat_data where is_edited');
    expect(rows).toEqual([{ count: 200 }]);
  });
});
