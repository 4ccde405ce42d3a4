import type pg from 'pg';
import { expect, vi } from 'vitest';
import { withClient } from '@chat/postgres/testing';
import { test } from './support/fixtures.ts';
import { apply, applyOnce, edit, insert, remove } from './support/messages.ts';

/** Resolves once another connection waits for a lock of the client's. */
function anotherWaitsFor(client: pg.Client): Promise<void> {
  return vi.waitFor(async () => {
    const { rows } = await client.query(
      "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    );
    expect(rows.length).toBeGreaterThan(0);
  });
}

test('write rules: an insert repeated while its message is being deleted does not bring it back', async ({
  url,
  chat: client,
}) => {
  await apply(client, [insert('m')]);
  await withClient(url, async (other) => {
    await client.query('begin');
    expect(await apply(client, [remove('d', 'm')])).toEqual(['deleted']);
    const event = [insert('m'), insert('n')];
    const rejected = expect(applyOnce(other, event)).rejects.toMatchObject({ code: '40001' });
    await anotherWaitsFor(client);
    await client.query('commit');
    await rejected;
    expect(await apply(other, event)).toEqual(['gone', 'written']);
  });
  const { rows } = await client.query(
    `select data ->> 'type' || ' ' || (data -> 'row' ->> 'msg_id') as change
     from outbox order by sequence_id`,
  );
  expect(rows.map(({ change }) => change)).toEqual(['INSERT m', 'DELETE m', 'INSERT n']);
});

test('write rules: the newer of two concurrent edits wins, whichever commits first', async ({
  url,
  client,
}) => {
  await apply(client, [insert('m')]);
  for (const [first, second, winner] of [
    [edit('e9', 'm', 9, 'nine'), edit('e8', 'm', 8, 'eight'), 'nine'],
    [edit('e10', 'm', 10, 'ten'), edit('e11', 'm', 11, 'eleven'), 'eleven'],
  ] as const) {
    await withClient(url, async (other) => {
      await client.query('begin');
      await apply(client, [first]);
      const waiting = apply(other, [second]);
      await anotherWaitsFor(client);
      await client.query('commit');
      await waiting;
    });
    const { rows } = await client.query("select msg_data from chat_data where msg_id = 'm'");
    expect(rows).toEqual([{ msg_data: winner }]);
  }
});

test('write rules: of two authors who use one id at the same moment, the first to commit has it', async ({
  url,
  client,
}) => {
  const event = (author: string) => [insert('m', { clientId: author, content: author })];
  for (const [first, second, end] of [
    [event('ann'), event('eve'), 'commit'],
    [[...event('ann'), insert('n')], event('eve'), 'commit'],
    [event('ann'), [...event('eve'), insert('n', { clientId: 'eve' })], 'commit'],
    [event('ann'), event('eve'), 'rollback'],
  ] as const) {
    await client.query('truncate chat_data');
    await withClient(url, async (other) => {
      await client.query('begin');
      await apply(client, first);
      const waiting = apply(other, second);
      await anotherWaitsFor(client);
      await client.query(end);
      const [outcome] = await waiting;
      expect(outcome).toBe(end === 'commit' ? 'foreign' : 'written');
    });
    const { rows } = await client.query("select msg_data from chat_data where msg_id = 'm'");
    expect(rows).toEqual([{ msg_data: end === 'commit' ? 'ann' : 'eve' }]);
  }
});

test('write rules: concurrent events with the same messages in opposite orders do not deadlock', async ({
  url,
  client,
}) => {
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
}, 60_000);
