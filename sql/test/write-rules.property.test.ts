import {
  failingLess,
  journey,
  publish,
  publishedInOrder,
  readShown,
  threads,
  travel,
  type Message,
} from '@chat/contract/testing';
import fc from 'fast-check';
import pg from 'pg';
import { expect, onTestFinished } from 'vitest';
import { test } from './support/fixtures.ts';
import { apply, applyOnce } from './support/messages.ts';

const FAILS_BEFORE_COMMIT = 0;
const FAILS_AFTER_COMMIT = 1;
const SUCCEEDS = 9;

/**
 * Invokes the write rules as AWS does: an event that failed, or lacks a target, is delivered again.
 */
async function deliver(client: pg.Client, queue: Message[][], next: () => number): Promise<void> {
  for (let event = queue.shift(); event; event = queue.shift()) {
    const fate = next() % 10;
    if (fate === FAILS_BEFORE_COMMIT) {
      await client.query('begin');
      await applyOnce(client, event).catch(ignoreConflict); // rolled back anyway
      await client.query('rollback');
      queue.push(event);
      continue;
    }
    const outcomes = await apply(client, event);
    if (fate === FAILS_AFTER_COMMIT || outcomes.includes('missing-target')) queue.push(event);
  }
}

function ignoreConflict(error: unknown): void {
  if ((error as pg.DatabaseError).code !== '40001') throw error;
}

/** A quarter of a minute on an idle machine. */
const TIME_LIMIT_MS = 240_000;

test(
  'write rules: events repeated, shuffled and split, one after the other, end in the state of publish order',
  async ({ chat: client }) => {
    let cases = 0;
    await fc.assert(
      fc.asyncProperty(threads, travel, async (chat, choices) => {
        const prefix = `s${cases++}:`;
        const messages = publish(prefix, chat);
        const { events, next } = journey(messages, choices);
        await deliver(client, events, failingLess(next, { never: SUCCEEDS }));
        expect(await readShown(client, prefix)).toEqual(publishedInOrder(messages));
      }),
      { numRuns: 1_000 },
    );
  },
  TIME_LIMIT_MS,
);

test(
  'write rules: four concurrent instances end in the same state, with each row’s changes in order in the outbox',
  async ({ chat: client, url }) => {
    let cases = 0;
    const clients = await Promise.all(Array.from({ length: 4 }, () => connect(url)));
    await fc.assert(
      fc.asyncProperty(threads, travel, async (chat, choices) => {
        const prefix = `c${cases++}:`;
        const messages = publish(prefix, chat);
        const { events, next } = journey(messages, choices);
        const nextFate = failingLess(next, { never: SUCCEEDS });
        const { rows } = await client.query('select coalesce(max(sequence_id), 0) as last from outbox');
        await Promise.all(clients.map((each) => deliver(each, events, nextFate)));
        const expected = publishedInOrder(messages);
        expect(await readShown(client, prefix)).toEqual(expected);
        await expectOrderedOutbox(client, rows[0].last, new Set(expected.keys()));
      }),
      { numRuns: 600 },
    );
  },
  TIME_LIMIT_MS,
);

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/**
 * Expects per message INSERT 1, UPDATE 2, UPDATE 3 …, and a DELETE at the end of those not shown.
 */
async function expectOrderedOutbox(client: pg.Client, after: string, shown: Set<string>): Promise<void> {
  const { rows } = await client.query<{ msg_id: string; changes: string }>(
    `select data -> 'row' ->> 'msg_id' as msg_id,
       string_agg(data ->> 'type' || (data -> 'row' ->> 'revision'), ' ' order by sequence_id) as changes
     from outbox where sequence_id > $1 group by 1`,
    [after],
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { msg_id, changes } of rows) {
    const actual = changes.split(' ');
    const versions = actual.length - (shown.has(msg_id) ? 0 : 1);
    expect(actual).toEqual([
      'INSERT1',
      ...Array.from({ length: versions - 1 }, (_, index) => `UPDATE${index + 2}`),
      ...(shown.has(msg_id) ? [] : [`DELETE${versions}`]),
    ]);
  }
}
