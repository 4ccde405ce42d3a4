import pg from 'pg';
import { describe, expect, onTestFinished } from 'vitest';
import { withClient } from '@chat/postgres/testing';
import { readFeed, readMoment, type Moment } from './support/changes.ts';
import { test } from './support/fixtures.ts';
import { apply, edit, insert, remove } from './support/messages.ts';

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Reads what changed since a moment; expects that the answer is complete. */
async function changesSince(client: pg.Client, since: Moment): Promise<string[]> {
  const { complete, changes } = await readFeed(client, since);
  expect(complete).toBe(true);
  return changes;
}

describe('changes since a moment', () => {
  test('are inserts, edits and deletes, each once', async ({ client }) => {
    await apply(client, [insert('old'), insert('edited'), insert('deleted')]);
    const since = await readMoment(client);
    expect(await changesSince(client, since)).toEqual([]);
    await apply(client, [insert('new'), edit('e', 'edited', 5, 'x'), remove('d', 'deleted')]);
    await apply(client, [edit('e2', 'edited', 6, 'y')]);
    const feed = await readFeed(client, since);
    expect(feed).toMatchObject({ complete: true, changes: ['-deleted', 'edited', 'new'] });
    expect(await changesSince(client, feed)).toEqual([]);
  });

  test('include those of a transaction that began before it and commits after it', async ({
    client,
    url,
  }) => {
    await apply(client, [insert('edited'), insert('deleted')]);
    const late = await connect(url);
    await late.query('begin');
    await apply(late, [insert('new'), edit('e', 'edited', 5, 'x'), remove('d', 'deleted')]);
    // Transactions that begin later and commit earlier: the late one is older than all of them.
    await apply(client, [insert('between')]);
    const since = await readMoment(client);
    await apply(client, [insert('after')]);
    const before = await readFeed(client, since);
    expect(before.changes).toEqual(['after']);
    await late.query('commit');
    expect(await changesSince(client, before)).toEqual(['-deleted', 'edited', 'new']);
    expect(await changesSince(client, since)).toEqual(['-deleted', 'after', 'edited', 'new']);
  });

  test('include those of two transactions that commit in the opposite order', async ({ client, url }) => {
    const [first, second] = [await connect(url), await connect(url)];
    for (const [other, id] of [
      [first, 'first'],
      [second, 'second'],
    ] as const) {
      await other.query('begin');
      await apply(other, [insert(id)]);
    }
    const start = await readMoment(client);
    await second.query('commit');
    const afterSecond = await readFeed(client, start);
    await first.query('commit');
    expect(afterSecond.changes).toEqual(['second']);
    expect(await changesSince(client, afterSecond)).toEqual(['first']);
  });

  test('include those of savepoints, but not what was rolled back', async ({ client, url }) => {
    const late = await connect(url);
    await late.query('begin; savepoint a');
    await apply(late, [insert('kept')]);
    await apply(client, [insert('between')]);
    const since = await readMoment(client);
    await late.query('release a; savepoint b');
    await apply(late, [insert('kept too')]);
    await late.query('savepoint c');
    await apply(late, [insert('rolled back')]);
    await late.query('rollback to c; commit');
    expect(await changesSince(client, since)).toEqual(['kept', 'kept too']);
    await late.query('begin');
    await apply(late, [insert('never')]);
    await late.query('rollback');
    expect(await changesSince(client, since)).toEqual(['kept', 'kept too']);
  });
});

describe('a deleted message', () => {
  test('that exists again is its row, and is a deletion once it is deleted again', async ({ client }) => {
    await apply(client, [insert('m')]);
    const start = await readMoment(client);
    await client.query(`delete from chat_data where msg_id = 'm'`);
    const deleted = await readFeed(client, start);
    expect(deleted.changes).toEqual(['-m']);
    await client.query(`insert into chat_data (msg_id) values ('m')`);
    const inserted = await readFeed(client, deleted);
    expect(inserted.changes).toEqual(['m']);
    expect(await changesSince(client, start)).toEqual(['m']);
    await client.query(`delete from chat_data where msg_id = 'm'`);
    expect(await changesSince(client, inserted)).toEqual(['-m']);
  });

  test('is also the old id of one whose msg_id was updated', async ({ client }) => {
    await apply(client, [insert('m'), insert('untouched')]);
    const since = await readMoment(client);
    await client.query(`update chat_data set msg_id = 'renamed' where msg_id = 'm'`);
    const renamed = await readFeed(client, since);
    expect(renamed.changes).toEqual(['-m', 'renamed']);
    await client.query(`update chat_data set msg_id = 'm' where msg_id = 'renamed'`);
    expect(await changesSince(client, renamed)).toEqual(['-renamed', 'm']);
    expect(await apply(client, [insert('m'), insert('renamed')])).toEqual(['duplicate', 'gone']);
  });
});

describe('rows that a program copies', () => {
  test('are new, whatever their changed_in was', async ({ client }) => {
    await apply(client, [insert('a'), insert('b')]);
    await client.query('create table copies as select * from chat_data');
    await client.query(`delete from chat_data`);
    const since = await readMoment(client);
    await client.query('insert into chat_data select * from copies');
    await client.query(
      `insert into chat_data (msg_id, changed_in) values ('null', null), ('far', '9999999')`,
    );
    const feed = await readFeed(client, since);
    expect(feed.changes).toEqual(['a', 'b', 'far', 'null']);
    await client.query(`update chat_data set changed_in = null where msg_id = 'a'`);
    expect(await changesSince(client, feed)).toEqual(['a']);
  });

  test('from before the feed existed are not changes until they change', async ({ client }) => {
    await apply(client, [insert('old'), insert('older')]);
    await client.query(`alter table chat_data disable trigger user;
      update chat_data set changed_in = null; alter table chat_data enable trigger user`);
    const ancient = { snapshot: '3:3:', ms: Date.now() };
    expect(await changesSince(client, ancient)).toEqual([]);
    await apply(client, [edit('e', 'old', 5, 'x'), remove('d', 'older')]);
    expect(await changesSince(client, ancient)).toEqual(['-older', 'old']);
  });
});

describe('an answer is incomplete and empty', () => {
  const incomplete = { complete: false, changes: [] };

  test('when more than the given number of messages changed', async ({ client }) => {
    const since = await readMoment(client);
    const events = Array.from({ length: 200 }, (_, n) => insert(`m${n}`));
    await apply(client, events);
    expect((await readFeed(client, since)).changes).toHaveLength(200);
    await client.query(`delete from chat_data where msg_id = 'm0'`);
    expect((await readFeed(client, since)).changes).toHaveLength(200);
    await apply(client, [insert('one too many')]);
    expect(await readFeed(client, since)).toMatchObject(incomplete);
    expect(await readFeed(client, since, 201)).toMatchObject({ complete: true });
  });

  test('when the table was truncated, also late and by a savepoint', async ({ client, url }) => {
    await apply(client, [insert('m')]);
    const late = await connect(url);
    await late.query('begin; savepoint a; truncate chat_data; truncate chat_data; release a');
    // A reader would wait for the lock; a moment alone needs none.
    const since = await readMoment(client);
    await late.query('commit');
    expect(await readFeed(client, since)).toMatchObject(incomplete);
    const after = await readMoment(client);
    await apply(client, [insert('n')]);
    expect(await changesSince(client, after)).toEqual(['n']);
    expect(await readFeed(client, since)).toMatchObject(incomplete);
  });

  test('when the moment is older than 7 days', async ({ client }) => {
    const since = await readMoment(client);
    const days = (count: number) => count * 24 * 60 * 60 * 1_000;
    expect(await readFeed(client, { ...since, ms: since.ms - days(7) + 60_000 })).toMatchObject({
      complete: true,
    });
    expect(await readFeed(client, { ...since, ms: since.ms - days(7) - 1 })).toMatchObject(incomplete);
  });

  test('when the database is older than the moment, as after a restore', async ({ client }) => {
    const since = await readMoment(client);
    const xmax = Number(since.snapshot.split(':')[1]) + 1;
    expect(await readFeed(client, { ...since, snapshot: `${xmax}:${xmax}:` })).toMatchObject(incomplete);
  });
});

test('a transaction that commits while the function reads belongs to the next answer', async ({
  client,
  url,
}) => {
  // One statement, one snapshot: rows that become visible during it are in no part of the answer.
  await client.query('begin isolation level repeatable read');
  const since = await readMoment(client);
  await withClient(url, (other) => apply(other, [insert('m')]));
  const during = await readFeed(client, since);
  await client.query('commit');
  expect(during.changes).toEqual([]);
  expect(await changesSince(client, during)).toEqual(['m']);
});
