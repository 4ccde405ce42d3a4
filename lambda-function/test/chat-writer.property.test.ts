import fc from 'fast-check';
import pg from 'pg';
import { expect } from 'vitest';
import { envelope, message } from './support/events.ts';
import { test as base } from './support/fixtures.ts';
import { databaseEnv, startInstance, type Writer } from './support/functions.ts';
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

/*
 * The guarantee of the write rules (see their own property test), for the deployed bundle under
 * faults: closed connections, cancelled statements and deadlocks.
 */

const LEAST_CASES = 500;
const CASES_AT_ONCE = 50;
/** In ms. By then every fault must have had its effect, however slow the machine is. */
const TIME_LIMIT = 120_000;

interface FaultyChat {
  writers: Writer[];
  /** Injects the faults; also reads the result. */
  saboteur: pg.Client;
}

const WRITERS = `from pg_stat_activity
  where application_name = 'chat-lambda' and datname = current_database()`;

const test = base.extend<{ chat: FaultyChat }>({
  chat: async ({ databases }, use) => {
    const url = await databases.create();
    const saboteur = new pg.Client(url);
    await saboteur.connect();
    // Detect the writers' deadlocks at once instead of after a second, so that a writer is the
    // victim.
    await saboteur.query(`alter database ${new URL(url).pathname.slice(1)} set deadlock_timeout = '5ms'`);
    await saboteur.query(`set deadlock_timeout = '200ms'`);
    const starting = Array.from({ length: 3 }, () => startInstance('chat-writer', databaseEnv(url)));
    await use({ writers: await Promise.all(starting), saboteur });
    await saboteur.query(`select pg_terminate_backend(pid) ${WRITERS}`);
    await saboteur.end();
  },
});

type Sabotage = (saboteur: pg.Client, prefix: string) => Promise<void>;

const SABOTAGES: Sabotage[] = [
  async (saboteur) => void (await saboteur.query(`select pg_terminate_backend(pid) ${WRITERS} limit 1`)),
  // The same effect as a statement timeout.
  async (saboteur) =>
    void (await saboteur.query(`select pg_cancel_backend(pid) ${WRITERS} and state = 'active'`)),
  // Writers lock rows by ascending id; locking them in the opposite order causes deadlocks.
  async (saboteur, prefix) => {
    await saboteur.query('begin');
    const lock = `select from chat_data where msg_id = $1 for update`;
    try {
      for (const n of [4, 3, 2, 1, 0]) await saboteur.query(lock, [`${prefix}m${n}`]);
    } catch (error) {
      expect(error).toMatchObject({ code: '40P01' });
    }
    await saboteur.query('rollback');
  },
];

function toEnveloped({ kind, id, clientId, timestamp, username, content, targetId }: Message) {
  const author = { clientId, timestamp };
  switch (kind) {
    case 'insert':
      return message(id, 'chatMsg', { username, content }, author);
    case 'edit':
      return message(id, 'editedMsg', { username, content, msgIdToEdit: targetId }, author);
    case 'delete':
      return message(id, 'deletedMsg', { msgIdToDelete: targetId }, author);
  }
}

/**
 * Invokes a writer like AWS: failed events come back later, alone or in a batch. Counts failures by
 * name.
 */
async function deliver(
  writer: Writer,
  queue: Message[][],
  next: () => number,
  failures: Map<string, number>,
) {
  for (let event = queue.shift(); event; event = queue.shift()) {
    try {
      // The generated timestamps are long past.
      const ably = { ...envelope(...event.map(toEnveloped)), redrivenAt: Date.now() };
      const asBatch = next() % 4 === 0;
      const record = { eventSource: 'aws:sqs', messageId: '1', body: JSON.stringify(ably) };
      const answer = await writer(asBatch ? { Records: [record] } : ably);
      if ('batchItemFailures' in answer && answer.batchItemFailures.length > 0) queue.push(event);
    } catch (error) {
      const { name } = error as Error;
      expect(name).toMatch(/^(TargetMissing|DatabaseUnavailable)$/);
      failures.set(name, (failures.get(name) ?? 0) + 1);
      queue.push(event);
    }
  }
}

async function countDeadlocks(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ deadlocks: number }>(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  );
  return rows[0]?.deadlocks ?? 0;
}

// How often a fault hits a writer depends on the machine, so cases run until every fault has had
// its effect.
test('chat-writer: reaches the state of publish order through closed connections, cancelled statements and deadlocks', async ({
  annotate,
  chat: { writers, saboteur },
  lines,
}) => {
  const failures = new Map<string, number>();
  let cases = 0;
  let deadlocks = 0;
  const property = fc.asyncProperty(threads, travel, async (chat, choices) => {
    const prefix = `f${cases++}:`;
    const messages = publish(prefix, chat);
    const { events, next } = journey(messages, choices);
    const nextFate = failingLess(next, { never: 1 });
    let isDone = false;
    const delivered = Promise.all(writers.map((writer) => deliver(writer, events, nextFate, failures)));
    void delivered.finally(() => (isDone = true)).catch(() => undefined);
    // Three of four cases are disturbed, up to four times each, at an arbitrary point.
    const sabotage = SABOTAGES[next() % (SABOTAGES.length + 1)];
    for (let times = 1 + (next() % 4); sabotage && times > 0 && !isDone; times -= 1)
      await sabotage(saboteur, prefix);
    await delivered;
    expect(await readShown(saboteur, prefix)).toEqual(publishedInOrder(messages));
  });
  const hadEffect = () => deadlocks > 0 && (failures.get('DatabaseUnavailable') ?? 0) > 10;
  const startedAt = performance.now();
  while (cases < LEAST_CASES || (!hadEffect() && performance.now() - startedAt < TIME_LIMIT)) {
    await fc.assert(property, { numRuns: CASES_AT_ONCE });
    deadlocks = await countDeadlocks(saboteur);
  }
  await annotate(
    `${cases} cases, ${deadlocks} deadlocks, failed: ${JSON.stringify(Object.fromEntries(failures))}`,
  );
  expect(hadEffect(), 'each fault had its effect').toBe(true);
  expect(lines).toContainEqual(expect.objectContaining({ event: 'failed', failed: expect.any(Number) }));
}, 300_000);
