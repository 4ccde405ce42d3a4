/** A process of people who chat as the page does: each publishes again what has not come back. */
import { setTimeout as delay } from 'node:timers/promises';
import { joinChat, type Participant } from '@chat/participant';
import { Realtime } from 'ably';
import pg from 'pg';
import * as v from 'valibot';
import { now } from '../clock.ts';
import { readLatest } from './read-latest.ts';

const Command = v.union([
  v.object({
    ably: v.object({ endpoint: v.string(), port: v.number(), key: v.string() }),
    database: v.string(),
    people: v.number(),
  }),
  /** `perSecond` of all together at a steady pace, and `burst` more in the same moment, each 10 s. */
  v.object({ seconds: v.number(), perSecond: v.number(), burst: v.number() }),
]);

/** Fewer new connections at a time than any plan permits in a second. */
const JOIN_BATCH = 20;
const BURST_EVERY = 10_000;
/** How long people wait for what they wrote, ms. */
const PATIENCE = 180_000;

let database: pg.Pool | undefined;
const people: Participant[] = [];
const disconnect: (() => void)[] = [];

async function joinAll({ ably, database: url, people: count }: v.InferOutput<(typeof Command.options)[0]>) {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  database = pool;
  const { endpoint, port, key } = ably;
  for (let from = 0; from < count; from += JOIN_BATCH) {
    const numbers = Array.from({ length: Math.min(JOIN_BATCH, count - from) }, (_, index) => from + index);
    const joining = numbers.map(async (number) => {
      const client = new Realtime({
        endpoint,
        port,
        key,
        tls: false,
        clientId: `person-${number}`,
        logLevel: 0,
      });
      disconnect.push(() => client.close());
      const username = `Person ${number}`;
      people.push(await joinChat({ client, username, catchUp: () => readLatest(pool) }));
    });
    await Promise.all([...joining, delay(1_000)]);
  }
  return {};
}

interface Written {
  id: string;
  /** Publish → its author sees it as sent, ms. */
  delay: number;
}

async function write(seconds: number, perSecond: number, burst: number) {
  const startedAt = now();
  const end = startedAt + seconds * 1_000;
  const writing: Promise<Written>[] = [];
  let bursts = 0;
  for (let at = startedAt; at < end; at += 1_000 / perSecond) {
    await delay(Math.max(0, at - now()));
    const isBurst = burst > 0 && now() - startedAt >= bursts * BURST_EVERY;
    if (isBurst) bursts += 1;
    for (let n = 0; n < 1 + (isBurst ? burst : 0); n += 1) writing.push(writeOne(writing.length));
  }
  const written = await withinPatience(Promise.all(writing), 'people see their own messages');
  const missing = () => people.filter(({ rows }) => !written.every(({ id }) => rows.byId.has(id))).length;
  const deadline = now() + PATIENCE;
  while (missing() > 0 && now() < deadline) await delay(100);
  return {
    delays: written.map((each) => each.delay),
    repeats: people.reduce((sum, { repeats }) => sum + repeats, 0),
    withGaps: missing(),
    ...(await inTable(written.map(({ id }) => id))),
  };
}

async function writeOne(number: number): Promise<Written> {
  const publishedAt = now();
  const person = people[number % people.length];
  if (!person) throw new Error('Cannot write: no person has joined. Send the command with `people` first');
  const id = await person.send(`message ${number}, of an ordinary length, as people write them`);
  return { id, delay: now() - publishedAt };
}

async function inTable(ids: readonly string[]): Promise<{ lost: number; doubled: number }> {
  const found = await database?.query<{ msg_data: string }>(
    'select msg_data from chat_data where msg_id = any ($1)',
    [ids],
  );
  const texts = found?.rows.map(({ msg_data }) => msg_data) ?? [];
  return { lost: ids.length - texts.length, doubled: texts.length - new Set(texts).size };
}

async function withinPatience<T>(work: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = delay(PATIENCE, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`Not all ${what} within ${PATIENCE / 1_000} s`);
  });
  late.catch(() => undefined); // also rejects when it is no longer needed
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

async function run(raw: unknown): Promise<object> {
  const command = v.parse(Command, raw);
  return 'people' in command ? joinAll(command) : write(command.seconds, command.perSecond, command.burst);
}

process.on('message', (raw) => {
  void run(raw).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));
process.send?.({});
