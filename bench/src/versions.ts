import type pg from 'pg';
import { startLambdaFixture } from './lambda/fixture.ts';
import type { Effort, Figure, Measurement } from './measurement.ts';
import { median } from './statistics.ts';
import { dropIndex, fillWithVersions, someWords } from './versions/fill.ts';

const LAST = '9223372036854775807';
const PAGE = `select * from public.chat_data
  order by created_at_timestamp desc, incremental_record_id desc limit 50`;

/**
 * Measures what the versions of messages cost: a new message beside one without the index of words,
 * an edit beside one that stores no version, and what reads them beside a page of 50 messages, with
 * so many messages and versions.
 */
export function versions({ rows }: { rows: readonly number[] }): Measurement {
  return async (effort) => {
    const { client, close } = await startLambdaFixture();
    try {
      const figures = await writes(client, effort);
      await client.query('truncate chat_data');
      for (const count of rows) {
        await fillWithVersions(client, count);
        figures.push(...(await reads(client, count, effort)));
      }
      return figures;
    } finally {
      await close();
    }
  };
}

let ids = 0;
const insert = (client: pg.Client) =>
  client.query({
    name: 'insert',
    text: `select public.chat_insert($1, 'ann', $2, 'Ann', 'Words of an ordinary length, as people write them.')`,
    values: [`bench-${(ids += 1)}`, Date.now()],
  });
const edit = (client: pg.Client) =>
  client.query({
    name: 'edit',
    text: `select outcome from public.chat_apply('{edit}', $1, '{ann}', $2, '{Ann}', $3, '{bench-1}')`,
    values: [[`edit-${(ids += 1)}`], [Date.now() + ids], [`Other words, for the time ${ids}.`]],
  });

async function writes(client: pg.Client, effort: Effort): Promise<Figure[]> {
  await insert(client);
  const withVersions = () => client.query('reset chat.versions');
  const withoutVersions = () => client.query(`set chat.versions = 'off'`);
  const edits = await alternate(effort, () => edit(client), withVersions, withoutVersions);
  const definition = await client.query(`select pg_get_indexdef('public.chat_data_words'::regclass) as text`);
  const inserts = await alternate(
    effort,
    () => insert(client),
    () => client.query(definition.rows[0].text),
    () => dropIndex(client, 'chat_data_words'),
    () => dropIndex(client, 'chat_data_words'),
  );
  return [
    { what: 'an edit (floor: without storing the version)', unit: 'ms', ...edits },
    { what: 'a new message (floor: without the index of words)', unit: 'ms', ...inserts },
  ];
}

/** Measures the same statement in two states, in turn. */
async function alternate(
  { rounds, readingMs }: Effort,
  work: () => Promise<unknown>,
  ours: () => Promise<unknown>,
  floor: () => Promise<unknown>,
  first: () => Promise<unknown> = floor,
) {
  const readings = { ours: [] as number[], floor: [] as number[] };
  await first();
  for (let round = 0; round < rounds; round += 1) {
    await ours();
    readings.ours.push(await timeOf(work, readingMs));
    await floor();
    readings.floor.push(await timeOf(work, readingMs));
  }
  return { ours: median(readings.ours), floor: median(readings.floor) };
}

async function reads(client: pg.Client, count: number, { readingMs }: Effort): Promise<Figure[]> {
  const page = await timeOf(() => client.query(PAGE), readingMs);
  const words = await someWords(client, 200);
  const next = (index: number) => words[index % words.length] ?? '';
  const middle = 1_700_000_000_000 + count * 500;
  const all = count.toLocaleString('en');
  const figure = async (what: string, text: string, values: (index: number) => unknown[]) => {
    let index = 0;
    const ours = await timeOf(() => client.query(text, values((index += 1))), readingMs);
    return { what: `${all} messages, each with a version: ${what}`, unit: 'ms', ours, floor: page };
  };
  return [
    {
      ...(await figure(
        'search of a word (floor: a page of history)',
        'select * from public.chat_search($1, $2, $2, 21)',
        (index) => [next(index), LAST],
      )),
      goal: { atMost: 2 },
    },
    await figure('search of two words', 'select * from public.chat_search($1, $2, $2, 21)', (index) => [
      `${next(index)} ${next(index + 1)}`,
      LAST,
    ]),
    await figure('a page of the past', 'select * from public.chat_history_at($1, $2, $2, 51)', () => [
      middle,
      LAST,
    ]),
    await figure('the versions of a message', 'select * from public.chat_message_versions($1, 200)', (n) => [
      `m${(n * 7919) % count}`,
    ]),
    await figure('the timeline', 'select * from public.chat_timeline(200)', () => []),
  ];
}

/** Repeats some work for a time; returns the median in ms. */
async function timeOf(work: () => Promise<unknown>, forMs: number): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
