import { withClient } from '@chat/postgres/testing';
import type { Message } from '@chat/contract/testing';
import type pg from 'pg';
import { describe, expect } from 'vitest';
import { test } from './support/fixtures.ts';
import { columnsOf, edit, insert, remove } from './support/messages.ts';

const LIMIT = 3;
const MINUTE = 60_000;

async function apply(client: pg.Client, event: readonly Message[]): Promise<string[]> {
  const { rows } = await client.query<{ outcome: string }>(
    `select outcome from chat_apply_limited($1, $2, $3, $4, $5, $5, $6, $7, $8) order by message`,
    [LIMIT, ...columnsOf(event)],
  );
  return rows.map(({ outcome }) => outcome);
}

/** Applies messages one by one, received at these times. */
async function sendAt(client: pg.Client, times: readonly number[], prefix = 'm'): Promise<string[]> {
  const outcomes: string[] = [];
  for (const [n, timestamp] of times.entries()) {
    outcomes.push(...(await apply(client, [insert(`${prefix}${n}`, { timestamp })])));
  }
  return outcomes;
}

async function storedIds(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query('select msg_id from chat_data order by msg_id');
  return rows.map(({ msg_id }) => msg_id);
}

describe('the limit of messages per author and minute', () => {
  test('lets through as many as it names, and again when a minute has passed', async ({ client }) => {
    const times = [0, 10_000, 20_000, 30_000, MINUTE - 1, MINUTE, MINUTE + 1, MINUTE + 10_000];
    expect(await sendAt(client, times)).toEqual([
      ...['written', 'written', 'written', 'limited', 'limited', 'written', 'limited', 'written'],
    ]);
    expect(await storedIds(client)).toEqual(['m0', 'm1', 'm2', 'm5', 'm7']);
  });

  test('counts by the time of arrival at Ably, so that a backlog is not limited', async ({ client }) => {
    const backlog = [0, 1, 2, 3, 4, 5].map((n) => n * 30_000);
    expect(new Set(await sendAt(client, backlog.toReversed()))).toEqual(new Set(['written']));
  });

  test('applies the first messages of an author in one event, and all of another’s', async ({ client }) => {
    const event = [0, 1, 2, 3, 4].map((n) => insert(`a${n}`));
    const others = [insert('b', { clientId: 'bob' }), insert('c', { clientId: 'bob' })];
    expect(await apply(client, [...event, ...others])).toEqual([
      ...['written', 'written', 'written', 'limited', 'limited', 'written', 'written'],
    ]);
    expect(await apply(client, [insert('d')])).toEqual(['limited']);
  });

  test('counts edits, but neither repeats nor what changed nothing', async ({ client }) => {
    await sendAt(client, [0]);
    const event = [insert('m0'), edit('e', 'm0', 5, 'two'), edit('x', 'never', 5, 'three')];
    expect(await apply(client, event)).toEqual(['duplicate', 'edited', 'missing-target']);
    expect(await apply(client, event)).toEqual(['duplicate', 'duplicate', 'missing-target']);
    expect(await apply(client, [edit('f', 'm0', 6, 'three')])).toEqual(['edited']);
    expect(await apply(client, [edit('g', 'm0', 7, 'four')])).toEqual(['limited']);
    expect(await apply(client, event)).toEqual(['duplicate', 'limited', 'limited']);
  });

  test('never hinders a deletion', async ({ client }) => {
    await sendAt(client, [0, 1, 2]);
    expect(await apply(client, [insert('n'), remove('d', 'm0')])).toEqual(['limited', 'deleted']);
  });

  test('holds for concurrent events of one author', async ({ client, url }) => {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        withClient(url, (other) => apply(other, [insert(`m${n}`, { timestamp: n })])),
      ),
    );
    expect(outcomes.flat().filter((outcome) => outcome === 'written')).toHaveLength(LIMIT);
    expect(await storedIds(client)).toHaveLength(LIMIT);
  });

  test('forgets authors who have not written for minutes', async ({ client }) => {
    for (let n = 0; n < 30; n += 1) {
      await apply(client, [insert(`m${n}`, { clientId: `author ${n}`, timestamp: n * MINUTE })]);
    }
    const { rows } = await client.query('select count(*)::int from chat_private.recent_writes');
    expect(rows[0].count).toBeLessThan(8);
  });
});
