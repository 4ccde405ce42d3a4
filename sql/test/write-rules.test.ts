import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { migrate } from '../src/migrate.ts';
import { captureTable } from './support/capture.ts';
import { startDatabaseServer, withClient } from './support/database-server.ts';
import type { DatabaseServer } from './support/database-server.ts';
import { apply, applyOnce, edit, insert, remove } from './support/messages.ts';

let server: DatabaseServer;
let url: string;
let client: pg.Client;
beforeAll(async () => {
  server = await startDatabaseServer();
  url = await server.createDatabase();
  await migrate(url);
  client = new pg.Client(url);
  await client.connect();
  await captureTable(client);
});
afterAll(async () => {
  await client.end();
  await server.stop();
});

beforeEach(async () => {
  await client.query(`truncate chat_data, outbox, chat_private.deleted_messages, chat_private.newest_edits`);
  await client.query('alter sequence chat_data_incremental_record_id_seq restart');
});

async function row(msgId: string) {
  const { rows } = await client.query('select * from chat_data where msg_id = $1', [msgId]);
  return rows[0];
}
async function changes() {
  const { rows } = await client.query(
    `select data ->> 'type' || ' ' || (data -> 'row' ->> 'msg_id') as change from outbox order by sequence_id`,
  );
  return rows.map(({ change }) => change);
}

describe('an insert', () => {
  test('writes the message as published', async () => {
    expect(await apply(client, [insert('m', { timestamp: 7 })])).toEqual(['written']);
    expect(await row('m')).toEqual({
      username: 'Ann',
      msg_id: 'm',
      msg_data: 'hi',
      client_id: 'ann',
      incremental_record_id: '1',
      created_at_timestamp: '7',
      is_edited: false,
      revision: 1,
      edited_at_timestamp: null,
    });
  });

  test('repeated, in the same event or later, changes nothing', async () => {
    expect(await apply(client, [insert('m'), insert('m', { content: 'again' })])).toEqual([
      'written',
      'duplicate',
    ]);
    expect(await apply(client, [insert('m', { clientId: 'eve', content: 'mine now' })])).toEqual([
      'duplicate',
    ]);
    expect(await row('m')).toMatchObject({ msg_data: 'hi', client_id: 'ann', revision: 1 });
    expect(await changes()).toEqual(['INSERT m']);
  });

  test('repeated after the author deleted the message does not bring it back', async () => {
    await apply(client, [insert('m'), remove('d', 'm')]);
    expect(await apply(client, [insert('m')])).toEqual(['gone']);
    expect(await row('m')).toBeUndefined();
  });

  test('repeated after a moderator deleted the message in plain SQL does not bring it back', async () => {
    await apply(client, [insert('m')]);
    await client.query("delete from chat_data where msg_id = 'm'");
    expect(await apply(client, [insert('m')])).toEqual(['gone']);
    expect(await changes()).toEqual(['INSERT m', 'DELETE m']);
  });

  test('messages of one millisecond get their record ids in event order, though they are inserted sorted', async () => {
    await apply(client, [insert('base:9'), insert('base:10'), insert('base:11')]);
    const { rows } = await client.query('select msg_id from chat_data order by incremental_record_id');
    expect(rows.map(({ msg_id }) => msg_id)).toEqual(['base:9', 'base:10', 'base:11']);
  });
});

describe('an edit', () => {
  beforeEach(async () => {
    await apply(client, [insert('m')]);
  });

  test('changes the text, and says so; the name stays what the author was called then', async () => {
    expect(await apply(client, [edit('e', 'm', 5, 'hello')])).toEqual(['edited']);
    expect(await row('m')).toMatchObject({
      msg_data: 'hello',
      username: 'Ann',
      is_edited: true,
      edited_at_timestamp: '5',
      created_at_timestamp: '1',
      revision: 2,
    });
  });

  test('older than the one applied changes nothing, nor does the same again', async () => {
    await apply(client, [edit('e2', 'm', 5, 'newer')]);
    expect(await apply(client, [edit('e1', 'm', 4, 'older'), edit('e2', 'm', 5, 'newer')])).toEqual([
      'stale',
      'duplicate',
    ]);
    expect(await row('m')).toMatchObject({ msg_data: 'newer', revision: 2 });
  });

  test.each([
    ['b', 'a'],
    ['a', 'b'],
    ['Z', 'a'],
    ['é', 'z'],
  ])('of the same millisecond: the greater id wins, byte by byte (%s, %s)', async (first, second) => {
    await apply(client, [edit(first, 'm', 5, `text of ${first}`)]);
    await apply(client, [edit(second, 'm', 5, `text of ${second}`)]);
    const greater = Buffer.compare(Buffer.from(first), Buffer.from(second)) > 0 ? first : second;
    expect((await row('m')).msg_data).toBe(`text of ${greater}`);
  });

  test('to the text that is there counts all the same, so that an older edit cannot win over it', async () => {
    await apply(client, [edit('e3', 'm', 7, 'hi')]);
    expect(await apply(client, [edit('e2', 'm', 6, 'in between')])).toEqual(['stale']);
    expect(await row('m')).toMatchObject({ msg_data: 'hi', edited_at_timestamp: '7' });
  });

  test('several in one event: one update, to the newest', async () => {
    expect(
      await apply(client, [
        edit('e2', 'm', 6, 'two'),
        edit('e3', 'm', 7, 'three'),
        edit('e3', 'm', 7, 'three'),
        edit('e1', 'm', 5, 'one'),
      ]),
    ).toEqual(['stale', 'edited', 'duplicate', 'stale']);
    expect(await row('m')).toMatchObject({ msg_data: 'three', revision: 2 });
  });

  test('of another’s message is refused, and does not stand in the way of the author’s', async () => {
    expect(await apply(client, [edit('x', 'm', 9, 'defaced', 'eve'), edit('e', 'm', 5, 'mine')])).toEqual([
      'foreign',
      'edited',
    ]);
    expect(await row('m')).toMatchObject({ msg_data: 'mine', revision: 2 });
  });

  test('of a message without an author is refused', async () => {
    await client.query("insert into chat_data (msg_id, msg_data) values ('by hand', 'x')");
    expect(await apply(client, [edit('e', 'by hand', 5, 'y')])).toEqual(['foreign']);
  });

  test('of a message of 2021, edited before there were times of edits, is applied', async () => {
    await client.query("update chat_data set is_edited = true where msg_id = 'm'");
    expect(await apply(client, [edit('e', 'm', 5, 'y')])).toEqual(['edited']);
  });

  test('of a deleted message changes nothing and need not be retried', async () => {
    await apply(client, [remove('d', 'm')]);
    expect(await apply(client, [edit('e', 'm', 5, 'y')])).toEqual(['gone']);
  });

  test('of a message not there yet is to be retried; its neighbours are written', async () => {
    expect(await apply(client, [edit('e', 'later', 5, 'y'), insert('n')])).toEqual([
      'missing-target',
      'written',
    ]);
    expect(await apply(client, [insert('later')])).toEqual(['written']);
    expect(await apply(client, [edit('e', 'later', 5, 'y'), insert('n')])).toEqual(['edited', 'duplicate']);
  });
});

describe('a delete', () => {
  test('removes the author’s message for good; repeated it finds it gone', async () => {
    await apply(client, [insert('m')]);
    expect(await apply(client, [remove('d', 'm'), remove('d', 'm')])).toEqual(['deleted', 'gone']);
    expect(await apply(client, [remove('d', 'm')])).toEqual(['gone']);
    expect(await changes()).toEqual(['INSERT m', 'DELETE m']);
  });

  test('of another’s message is refused', async () => {
    await apply(client, [insert('m')]);
    expect(await apply(client, [remove('d', 'm', 'eve')])).toEqual(['foreign']);
    expect(await row('m')).toBeDefined();
  });

  test('of a message not there yet is to be retried', async () => {
    expect(await apply(client, [remove('d', 'm')])).toEqual(['missing-target']);
  });

  test('leaves nothing behind but the id', async () => {
    await apply(client, [insert('m'), edit('e', 'm', 5, 'secret'), remove('d', 'm')]);
    const { rows } = await client.query('select msg_id from chat_private.deleted_messages');
    expect(rows).toEqual([{ msg_id: 'm' }]);
    expect((await client.query('select * from chat_private.newest_edits')).rows).toEqual([]);
  });
});

test('insert, edit and delete of one message in one event are applied in this order, wherever they stand', async () => {
  expect(await apply(client, [remove('d', 'm'), edit('e', 'm', 5, 'y'), insert('m')])).toEqual([
    'deleted',
    'edited',
    'written',
  ]);
  expect(await changes()).toEqual(['INSERT m', 'UPDATE m', 'DELETE m']);
});

test('an empty event does nothing', async () => {
  expect(await apply(client, [])).toEqual([]);
});

test('an event of 1,000 messages is applied', async () => {
  const inserts = Array.from({ length: 400 }, (_, n) => insert(`m${n}`));
  const edits = Array.from({ length: 400 }, (_, n) => edit(`e${n}`, `m${n}`, 5, 'edited'));
  const deletes = Array.from({ length: 200 }, (_, n) => remove(`d${n}`, `m${n}`));
  const outcomes = await apply(client, [...deletes, ...edits, ...inserts]);
  expect(Object.groupBy(outcomes, (outcome) => outcome)).toEqual({
    written: expect.objectContaining({ length: 400 }),
    edited: expect.objectContaining({ length: 400 }),
    deleted: expect.objectContaining({ length: 200 }),
  });
  const { rows } = await client.query('select count(*)::int from chat_data where is_edited');
  expect(rows).toEqual([{ count: 200 }]);
});

describe('events at the same time', () => {
  /** Resolves once another connection waits for a lock that ours holds. */
  const somebodyWaits = () =>
    vi.waitFor(async () => {
      const { rows } = await client.query(
        "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      );
      expect(rows.length).toBeGreaterThan(0);
    });

  test('a repeat of the insert that waited for the delete does not bring the message back', async () => {
    await apply(client, [insert('m')]);
    await withClient(url, async (other) => {
      await client.query('begin');
      expect(await apply(client, [remove('d', 'm')])).toEqual(['deleted']);
      const event = [insert('m'), insert('n')];
      const refused = expect(applyOnce(other, event)).rejects.toMatchObject({ code: '40001' });
      await somebodyWaits();
      await client.query('commit');
      await refused;
      expect(await apply(other, event)).toEqual(['gone', 'written']);
    });
    expect(await row('m')).toBeUndefined();
    expect(await changes()).toEqual(['INSERT m', 'DELETE m', 'INSERT n']);
  });

  test('of two edits at once the newer wins, whichever commits first', async () => {
    await apply(client, [insert('m')]);
    for (const [first, second, winner] of [
      [edit('e9', 'm', 9, 'nine'), edit('e8', 'm', 8, 'eight'), 'nine'],
      [edit('e10', 'm', 10, 'ten'), edit('e11', 'm', 11, 'eleven'), 'eleven'],
    ] as const) {
      await withClient(url, async (other) => {
        await client.query('begin');
        await apply(client, [first]);
        const waiting = apply(other, [second]);
        await somebodyWaits();
        await client.query('commit');
        await waiting;
      });
      expect((await row('m')).msg_data).toBe(winner);
    }
  });

  test('the same messages in opposite orders do not deadlock', async () => {
    for (let round = 0; round < 20; round += 1) {
      const event = Array.from({ length: 60 }, (_, n) => `r${round}m${n}`).flatMap((id) => [
        insert(id),
        edit(`e${id}`, id, 5, 'y'),
        ...(Number(id.at(-1)) % 3 === 0 ? [remove(`d${id}`, id)] : []),
      ]);
      const orders = [event, event.toReversed(), event.slice(40).concat(event.slice(0, 40)), event];
      await Promise.all(orders.map((order) => withClient(url, (other) => apply(other, order))));
    }
    const { rows } = await client.query(
      'select count(*)::int, bool_and(is_edited) as edited, max(revision) from chat_data',
    );
    expect(rows).toEqual([{ count: 20 * 36, edited: true, max: 2 }]);
  });
});
