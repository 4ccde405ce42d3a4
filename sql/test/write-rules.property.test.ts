import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../src/migrate.ts';
import { captureTable } from './support/capture.ts';
import { startDatabaseServer } from './support/database-server.ts';
import type { DatabaseServer } from './support/database-server.ts';
import { failingLess, journey, publish, threads, travel } from './support/histories.ts';
import { apply, applyOnce, publishedInOrder, readShown } from './support/messages.ts';
import type { Message } from './support/messages.ts';

let server: DatabaseServer;
let clients: pg.Client[];
beforeAll(async () => {
  server = await startDatabaseServer();
  const url = await server.createDatabase();
  await migrate(url);
  clients = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const client = new pg.Client(url);
      await client.connect();
      return client;
    }),
  );
  await captureTable(first());
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await server.stop();
});

function first(): pg.Client {
  const [client] = clients;
  if (!client) throw new Error('no connection was made');
  return client;
}

/** One invocation: retried while a target is missing; now and then it fails before or after the commit, and AWS repeats it. */
async function deliver(client: pg.Client, queue: Message[][], next: () => number): Promise<void> {
  for (let event = queue.shift(); event; event = queue.shift()) {
    const fate = next() % 10;
    if (fate === 0) {
      await client.query('begin');
      // In the transaction of a test nothing can be tried again, and its own failure is as good as the rollback.
      await applyOnce(client, event).catch(ignoreConflict);
      await client.query('rollback');
      queue.push(event);
      continue;
    }
    const outcomes = await apply(client, event);
    if (fate === 1 || outcomes.includes('missing-target')) queue.push(event);
  }
}

const NO_FAILURE = 9;

function ignoreConflict(error: unknown): void {
  if ((error as pg.DatabaseError).code !== '40001') throw error;
}

let cases = 0;
/** A quarter of a minute on an idle machine. */
const TIME_LIMIT_MS = 240_000;

test(
  'delivered one event after the other, repeated, shuffled and split, the end state is that of publish order',
  async () => {
    await fc.assert(
      fc.asyncProperty(threads, travel, async (chat, choices) => {
        const prefix = `s${cases++}:`;
        const messages = publish(prefix, chat);
        const { events, next } = journey(messages, choices);
        await deliver(first(), events, failingLess(next, { never: NO_FAILURE }));
        expect(await readShown(first(), prefix)).toEqual(publishedInOrder(messages));
      }),
      { numRuns: 1_000 },
    );
  },
  TIME_LIMIT_MS,
);

test(
  'delivered by four instances at once, the end state is the same, and the outbox tells of each row in order',
  async () => {
    await fc.assert(
      fc.asyncProperty(threads, travel, async (chat, choices) => {
        const prefix = `c${cases++}:`;
        const messages = publish(prefix, chat);
        const { events, next } = journey(messages, choices);
        const deliverNext = failingLess(next, { never: NO_FAILURE });
        const { rows: before } = await first().query(
          'select coalesce(max(sequence_id), 0) as last from outbox',
        );
        await Promise.all(clients.map((client) => deliver(client, events, deliverNext)));
        const expected = publishedInOrder(messages);
        expect(await readShown(first(), prefix)).toEqual(expected);
        await expectOrderedOutbox(before[0].last, new Set(expected.keys()));
      }),
      { numRuns: 600 },
    );
  },
  TIME_LIMIT_MS,
);

/** Per message: INSERT 1, UPDATE 2, UPDATE 3 …, and a DELETE at the end of those that are gone. */
async function expectOrderedOutbox(after: string, shown: Set<string>): Promise<void> {
  const { rows } = await first().query<{ msg_id: string; story: string }>(
    `select data -> 'row' ->> 'msg_id' as msg_id,
       string_agg(data ->> 'type' || (data -> 'row' ->> 'revision'), ' ' order by sequence_id) as story
     from outbox where sequence_id > $1 group by 1`,
    [after],
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { msg_id, story } of rows) {
    const steps = story.split(' ');
    const last = shown.has(msg_id) ? [] : [steps.at(-1)];
    const changes = steps.length - last.length;
    expect(steps).toEqual([
      ...Array.from({ length: changes }, (_, n) => (n === 0 ? 'INSERT1' : `UPDATE${n + 1}`)),
      ...last.map(() => `DELETE${changes}`),
    ]);
  }
}
