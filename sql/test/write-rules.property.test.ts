import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../src/migrate.ts';
import { captureTable } from './support/capture.ts';
import { startDatabaseServer } from './support/database-server.ts';
import type { DatabaseServer } from './support/database-server.ts';
import { apply, applyOnce, publishedInOrder, readShown } from './support/messages.ts';
import type { Message } from './support/messages.ts';

/*
 * Whatever Ably and AWS do on the way (repeat, reorder, split into events, fail and retry, run at the same time), the table must show
 * what the messages published in order show.
 */

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

const author = fc.constantFrom('ann', 'bob', 'eve');

/** One message and what follows it: few authors and moments, so that ties and refusals are common. */
const thread = fc.record({
  clientId: author,
  timestamp: fc.integer({ min: 0, max: 3 }),
  followers: fc.array(
    fc.record({
      kind: fc.constantFrom('edit', 'edit', 'delete'),
      clientId: author,
      delay: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 5 },
  ),
});

/** Messages as published; `prefix` keeps the cases of one run apart. */
function publish(prefix: string, threads: readonly Thread[]): Message[] {
  let content = 0;
  return threads.flatMap(({ clientId, timestamp, followers }, n): Message[] => {
    const id = `${prefix}m${n}`;
    return [
      { kind: 'insert', id, clientId, timestamp, username: clientId, content: `text ${content++}` },
      ...followers.map((follower, place): Message => ({
        kind: follower.kind === 'delete' ? 'delete' : 'edit',
        id: `${id}f${place}`,
        clientId: follower.clientId,
        timestamp: timestamp + follower.delay,
        ...(follower.kind === 'edit' && { username: 'renamed', content: `text ${content++}` }),
        targetId: id,
      })),
    ];
  });
}
type Thread = typeof thread extends fc.Arbitrary<infer T> ? T : never;

/** How the messages travel: numbers that decide on repeats, order, size of events and failures, taken round and round. */
const travel = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 8, maxLength: 40 });

function journey(
  messages: readonly Message[],
  choices: readonly number[],
): { events: Message[][]; next: () => number } {
  let at = 0;
  const next = () => choices[at++ % choices.length] ?? 0;
  const copies = messages.flatMap((message) => Array.from({ length: 1 + (next() % 3) }, () => message));
  for (let place = copies.length - 1; place > 0; place -= 1) {
    const other = (next() + place * 7919) % (place + 1);
    const [a, b] = [copies[place], copies[other]];
    if (a && b) [copies[place], copies[other]] = [b, a];
  }
  const events: Message[][] = [];
  while (copies.length > 0) events.push(copies.splice(0, 1 + (next() % 4)));
  return { events, next };
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

function ignoreConflict(error: unknown): void {
  if ((error as pg.DatabaseError).code !== '40001') throw error;
}

let cases = 0;
const RUNS = 250;

test('delivered one event after the other, repeated, shuffled and split, the end state is that of publish order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(thread, { minLength: 1, maxLength: 5 }), travel, async (threads, choices) => {
      const prefix = `s${cases++}:`;
      const messages = publish(prefix, threads);
      const { events, next } = journey(messages, choices);
      await deliver(first(), events, failingLess(next));
      expect(await readShown(first(), prefix)).toEqual(publishedInOrder(messages));
    }),
    { numRuns: RUNS },
  );
});

test('delivered by four instances at once, the end state is the same, and the outbox tells of each row in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(thread, { minLength: 1, maxLength: 5 }), travel, async (threads, choices) => {
      const prefix = `c${cases++}:`;
      const messages = publish(prefix, threads);
      const { events, next } = journey(messages, choices);
      const deliverNext = failingLess(next);
      await Promise.all(clients.map((client) => deliver(client, events, deliverNext)));
      const expected = publishedInOrder(messages);
      expect(await readShown(first(), prefix)).toEqual(expected);
      await expectOrderedOutbox(prefix, new Set(expected.keys()));
    }),
    { numRuns: RUNS },
  );
});

/** Choices repeat, so a message may fail each time it is delivered: after enough deliveries none fails any more. */
function failingLess(next: () => number): () => number {
  let deliveries = 0;
  return () => (deliveries++ < 50 ? next() : 9);
}

/** Per message: INSERT 1, UPDATE 2, UPDATE 3 …, and a DELETE at the end of those that are gone. */
async function expectOrderedOutbox(prefix: string, shown: Set<string>): Promise<void> {
  const { rows } = await first().query<{ msg_id: string; story: string }>(
    `select data -> 'row' ->> 'msg_id' as msg_id,
       string_agg(data ->> 'type' || (data -> 'row' ->> 'revision'), ' ' order by sequence_id) as story
     from outbox where starts_with(data -> 'row' ->> 'msg_id', $1) group by 1`,
    [prefix],
  );
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
