import fc from 'fast-check';
import pg from 'pg';
import { expect, onTestFinished } from 'vitest';
import { readFeed, readTable, type Moment, type States } from './support/changes.ts';
import { test } from './support/fixtures.ts';

const WRITERS = 4;
/** So few that answers are often incomplete, and the reader starts again. */
const MOST = 6;

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** A page that follows the feed: it applies what an answer contains, and nothing else. */
class Reader {
  states: States = {};
  restarts = -1;
  #moment: Moment | undefined;
  readonly #client: pg.Client;

  constructor(client: pg.Client) {
    this.#client = client;
  }

  async read(most: number): Promise<void> {
    const feed = this.#moment && (await readFeed(this.#client, this.#moment, most));
    if (feed?.complete) {
      const states = { ...this.states, ...feed.states };
      this.states = Object.fromEntries(Object.entries(states).filter(([, state]) => state !== null));
      this.#moment = feed;
      return;
    }
    const table = await readTable(this.#client);
    this.states = table.states;
    this.#moment = table;
    this.restarts += 1;
  }
}

/** Each writer has ids of its own, so that no open transaction makes another wait. */
const STATEMENTS = {
  insert: (id: string) => `insert into chat_data (msg_id) values ('${id}') on conflict do nothing`,
  edit: (id: string) =>
    `update chat_data set msg_data = coalesce(msg_data, '') || 'x' where msg_id = '${id}'`,
  delete: (id: string) => `delete from chat_data where msg_id = '${id}'`,
  rename: (id: string, other: string) => `update chat_data set msg_id = '${other}' where msg_id = '${id}'
    and not exists (select from chat_data where msg_id = '${other}')`,
  savepoint: () => 'savepoint s',
  release: () => 'savepoint s; release s',
  undo: () => 'savepoint s; rollback to s',
} as const;

const writing = fc.record({
  writer: fc.nat(WRITERS - 1),
  what: fc.constantFrom(...Object.keys(STATEMENTS), 'commit', 'commit', 'rollback') as fc.Arbitrary<
    keyof typeof STATEMENTS | 'commit' | 'rollback'
  >,
  ids: fc.tuple(fc.nat(3), fc.nat(3)),
});
const step = fc.oneof(
  { weight: 4, arbitrary: writing },
  { weight: 1, arbitrary: fc.constant('read' as const) },
);

test('chat_changes: a reader of the feed has the table’s content, in whatever order transactions commit', async ({
  url,
  client,
}) => {
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => connect(url)));
  let restarts = 0;
  let answers = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
      const reader = new Reader(client);
      await reader.read(MOST);
      for (const writer of writers) await writer.query('begin');
      for (const each of steps) {
        if (each === 'read') {
          await reader.read(MOST);
          answers += 1;
          continue;
        }
        const writer = writers[each.writer];
        const [id, other] = each.ids.map((number) => `${each.writer}-${number}`) as [string, string];
        if (each.what === 'commit' || each.what === 'rollback') await writer?.query(`${each.what}; begin`);
        else await writer?.query(STATEMENTS[each.what](id, other));
      }
      for (const writer of writers) await writer.query('commit');
      await reader.read(MOST);
      expect(reader.states).toEqual((await readTable(client)).states);
      restarts += reader.restarts;
    }),
    { numRuns: 100 },
  );
  // Most answers must be of the kind that is tested.
  expect(restarts).toBeLessThan(answers / 2);
}, 240_000);

test('chat_changes: a reader keeps up with concurrent writers', async ({ url, client }) => {
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => connect(url)));
  const reader = new Reader(client);
  await reader.read(200);
  const kinds = ['insert', 'edit', 'delete', 'rename'] as const;
  let isWriting = true;
  const writeAll = writers.map(async (writer, number) => {
    for (let round = 0; round < 150; round += 1) {
      await writer.query('begin');
      for (let statement = 0; statement <= (round + number) % 4; statement += 1) {
        const what = kinds[(round * 7 + statement * 3 + number) % kinds.length] ?? 'insert';
        const id = (offset: number) => `${number}-${(round * 5 + statement + offset) % 8}`;
        await writer.query(STATEMENTS[what](id(0), id(3)));
      }
      await writer.query(round % 9 === 0 ? 'rollback' : 'commit');
    }
  });
  const writing = Promise.all(writeAll).finally(() => (isWriting = false));
  let reads = 0;
  while (isWriting) {
    await reader.read(200);
    reads += 1;
  }
  await writing;
  await reader.read(200);
  expect(reader.states).toEqual((await readTable(client)).states);
  expect(reads).toBeGreaterThan(20);
  expect(reader.restarts).toBe(0);
}, 60_000);
