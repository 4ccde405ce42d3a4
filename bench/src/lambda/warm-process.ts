/**
 * Measures a warm chat-writer and bare statements on a reused connection, alternately, in one
 * process. Forked, because the function logs to standard output. `node warm-process.ts <bundle>
 * <reading ms> <rounds>`, with the database in PG* variables; sends one WarmReading per round.
 */
import pg from 'pg';
import { pathToFileURL } from 'node:url';
import { median } from '../statistics.ts';
import { makeEvent } from './fixture.ts';

/** Medians, in ms. */
export interface WarmReading {
  invocation: number;
  insert: number;
  batch: number;
  batchInsert: number;
}

export const BATCH = 100;

type Handler = (event: unknown, context: object) => Promise<unknown>;
type Row = readonly [id: string, username: string, content: string, author: string, time: number];

const COLUMNS = 'msg_id, username, msg_data, client_id, created_at_timestamp';
const ONE = `insert into chat_data (${COLUMNS}) values ($1, $2, $3, $4, $5)`;
const MANY = `insert into chat_data (${COLUMNS})
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])`;

async function run([bundle = '', readingMs, rounds]: string[]): Promise<void> {
  const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: Handler };
  const client = new pg.Client();
  await client.connect();
  const context = { awsRequestId: 'bench', functionName: 'chat-writer' };
  const invoke = (event: object) => handler(event, context);
  const insert = (event: Event) => client.query({ name: 'one', text: ONE, values: rowsOf(event).flat() });
  const insertMany = (event: Event) => {
    const rows = rowsOf(event);
    const values = [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column]));
    return client.query({ name: 'many', text: MANY, values });
  };
  for (let round = -1; round < Number(rounds); round += 1) {
    const [invocation, bare] = await alternate(Number(readingMs), 1, [invoke, insert]);
    const [batch, batchInsert] = await alternate(Number(readingMs), BATCH, [invoke, insertMany]);
    // The first round warms up.
    if (round >= 0) process.send?.({ invocation, insert: bare, batch, batchInsert });
  }
  await client.end();
  process.disconnect();
  // The function keeps its connection open, so the process would not exit by itself.
  process.exit();
}

type Event = ReturnType<typeof makeEvent>;

function rowsOf({ messages }: Event): Row[] {
  return messages.map(({ id, clientId, timestamp }) => [
    id,
    'Ann',
    'Words of an ordinary length, as people write them.',
    clientId,
    timestamp,
  ]);
}

/** Runs the functions alternately and returns the median duration of each in ms. */
async function alternate(
  readingMs: number,
  messages: number,
  works: readonly ((event: Event) => Promise<unknown>)[],
): Promise<number[]> {
  const durations = works.map((): number[] => []);
  const until = performance.now() + readingMs;
  while (performance.now() < until) {
    for (const [index, work] of works.entries()) {
      const event = makeEvent(messages);
      const startedAt = performance.now();
      await work(event);
      durations[index]?.push(performance.now() - startedAt);
    }
  }
  return durations.map(median);
}

if (import.meta.main) await run(process.argv.slice(2));
