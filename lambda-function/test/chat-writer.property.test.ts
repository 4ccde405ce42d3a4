import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { migrate, startDatabaseServer, type DatabaseServer } from '@chat/test-database';
import { failingLess, journey, publish, threads, travel } from '../../sql/test/support/histories.ts';
import { publishedInOrder, readShown, type Message } from '../../sql/test/support/messages.ts';
import { envelope, message } from './support/events.ts';
import { databaseEnv, startInstance } from './support/functions.ts';
import { catchLog } from './support/log-lines.ts';

/*
 * The same promise as in sql/test/write-rules.property.test.ts, kept by the functions as they are deployed, while somebody cuts their
 * connections, cancels their statements and draws them into deadlocks.
 */

type Writer = Awaited<ReturnType<typeof startInstance<'chat-writer'>>>;

let server: DatabaseServer;
let saboteur: pg.Client;
let writers: Writer[];

beforeAll(async () => {
  server = await startDatabaseServer();
  const url = await server.createDatabase();
  await migrate(url);
  saboteur = new pg.Client(url);
  await saboteur.connect();
  // So that deadlocks are found at once, and not after a second.
  await saboteur.query(`alter database ${new URL(url).pathname.slice(1)} set deadlock_timeout = '5ms'`);
  await saboteur.query(`set deadlock_timeout = '200ms'`);
  writers = await Promise.all(
    Array.from({ length: 3 }, () => startInstance('chat-writer', databaseEnv(url))),
  );
});
afterAll(async () => {
  vi.restoreAllMocks();
  await saboteur.query(`select pg_terminate_backend(pid) ${WRITERS}`);
  await saboteur.end();
  await server.stop();
});

const WRITERS = `from pg_stat_activity where application_name = 'chat-lambda' and datname = current_database()`;

const sabotages = [
  async () => void (await saboteur.query(`select pg_terminate_backend(pid) ${WRITERS} limit 1`)),
  // What a statement timeout does.
  async () => void (await saboteur.query(`select pg_cancel_backend(pid) ${WRITERS} and state = 'active'`)),
  // Writers lock rows by ascending id: whoever goes the other way sooner or later waits for one that waits for him.
  async (prefix: string) => {
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

/** AWS's part: an event that failed comes again, alone as it was or within a batch. Counts the failures by name. */
async function deliver(
  writer: Writer,
  queue: Message[][],
  next: () => number,
  failures: Map<string, number>,
) {
  for (let event = queue.shift(); event; event = queue.shift()) {
    try {
      const ably = envelope(...event.map(toEnveloped));
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

test('through cut connections, cancelled statements and deadlocks, the end state is that of publish order', async ({
  annotate,
}) => {
  const failures = new Map<string, number>();
  const lines = catchLog();
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(threads, travel, async (chat, choices) => {
      const prefix = `f${cases++}:`;
      const messages = publish(prefix, chat);
      const { events, next } = journey(messages, choices);
      const nextFate = failingLess(next, { never: 1 });
      let isDone = false;
      const delivered = Promise.all(writers.map((writer) => deliver(writer, events, nextFate, failures)));
      void delivered.finally(() => (isDone = true)).catch(() => undefined);
      // Two thirds of the cases are disturbed, each a few times, wherever they happen to be.
      const sabotage = sabotages[next() % (sabotages.length + 1)];
      for (let times = 1 + (next() % 4); sabotage && times > 0 && !isDone; times -= 1) await sabotage(prefix);
      await delivered;
      expect(await readShown(saboteur, prefix)).toEqual(publishedInOrder(messages));
    }),
    { numRuns: 500 },
  );
  await annotate(`${cases} cases, failed invocations: ${JSON.stringify(Object.fromEntries(failures))}`);
  expect(failures.get('DatabaseUnavailable')).toBeGreaterThan(10);
  expect(lines.some(({ event }) => event === 'failed')).toBe(true);
  // Counted by the server with a delay.
  await vi.waitFor(async () => {
    const { rows } = await saboteur.query(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    expect(rows[0].deadlocks).toBeGreaterThan(0);
  }, 5_000);
}, 60_000);
