import { migratedDatabases, startDatabaseServer } from '@chat/test-database';
import fc from 'fast-check';
import { expect, test as base, vi } from 'vitest';
import { createAuthor, type Author } from './author';
import { createChances } from './chances';
import { openChat, type ChatDatabase } from './chat-database';
import { createNetwork, type Network } from './network';

const test = base.extend('database', { scope: 'file' }, async ({}, { onCleanup }) => {
  const server = await startDatabaseServer();
  const createDatabase = await migratedDatabases(server);
  const database = await openChat(await createDatabase());
  onCleanup(async () => {
    await database.close();
    await server.stop();
  });
  return database;
});
test.beforeAll(({ database }) => void database);

const step = fc.record({
  author: fc.nat(1),
  act: fc.constantFrom(
    'send',
    'send',
    'edit',
    'edit',
    'edit',
    'edit',
    'remove',
    'reload',
    'offline',
    'program',
  ),
  n: fc.nat(20),
  /** ms until the next step */
  pause: fc.constantFrom(0, 0, 1, 300, 4_000, 11_000, 40_000),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
const history = fc.array(step, { minLength: 3, maxLength: 14 });
/** ms by which the clock of each author's computer is ahead of the servers'. */
const twoClocks = fc.tuple(fc.constantFrom(0, 0, 5_000, -5_000), fc.constantFrom(0, 90_000));
const faults = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 20, maxLength: 40 });

interface World {
  database: ChatDatabase;
  network: Network;
}

/** `DELIVERY_CASES=2000 npm test -- chat-web-app/test/delivery` looks further. */
const CASES = Number(process.env.DELIVERY_CASES ?? 100);

const FAKED = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] as const;

/** Virtual ms after which a case must have ended. */
const PATIENCE = 4 * 3_600_000;

/** Virtual ms by which the last repeat of AWS has come. */
const LATE_REPEATS = 600_000;

async function passTime(network: Network, isOver: () => boolean): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!isOver()) {
    if (Date.now() > end || vi.getTimerCount() === 0) throw new Error('The queues are not empty in the end.');
    await vi.advanceTimersToNextTimerAsync();
    await network.settled();
  }
}

function pass(network: Network, ms: number): Promise<void> {
  const end = Date.now() + ms;
  setTimeout(() => undefined, ms);
  return passTime(network, () => Date.now() >= end);
}

/**
 * A program edits or deletes one of the author's messages by SQL. It has the last word, unless the
 * author changes the message afterwards, or a change of theirs is still on its way.
 */
async function interfere({ intent }: Author, n: number, { database, network }: World): Promise<void> {
  await network.change(async () => {
    const rows = await database.readRows();
    const row = rows.filter(({ msg_id }) => intent.has(msg_id))[n % rows.length];
    if (!row) return;
    const isLastWord = intent.get(row.msg_id) === row.msg_data;
    const text = n % 4 === 0 ? null : `${row.msg_data}, by a program`;
    if (text === null) await database.remove(row.msg_id);
    else await database.setText(row.msg_id, text);
    if (isLastWord || text === null) intent.set(row.msg_id, text);
  });
}

async function take(author: Author, { act, n }: { act: string; n: number }, world: World): Promise<void> {
  if (act === 'offline') author.goOffline();
  if (act === 'program') await interfere(author, n, world);
  if (act === 'send') author.send();
  if (act === 'edit') author.edit(n);
  if (act === 'remove') author.remove(n);
  if (act === 'reload') await author.reload();
}

/** Lives through a history, and returns the chat as stored and as intended: message id → text. */
async function live(
  database: ChatDatabase,
  steps: readonly Step[],
  clocks: readonly number[],
  numbers: readonly number[],
) {
  await database.empty();
  const chances = createChances(numbers);
  const network = createNetwork(database, chances);
  const world = { database, network, chances };
  try {
    const authors = await Promise.all(
      clocks.map((clockAhead, index) => createAuthor({ clientId: `author ${index}`, clockAhead }, world)),
    );
    for (const { author, pause, ...act } of steps) {
      const who = authors[author];
      if (who) await take(who, act, world);
      await pass(network, pause);
    }
    await passTime(network, () => {
      for (const author of authors) author.retryFailed();
      return authors.every((author) => author.entries().length === 0);
    });
    await pass(network, LATE_REPEATS);
    for (const author of authors) author.leave();
    const stored = (await database.readRows()).map(({ msg_id, msg_data }) => [msg_id, msg_data] as const);
    const shown = authors.map((author) => new Map(author.shown()));
    const intended = authors.flatMap(({ intent }) => [...intent].filter(([, text]) => text !== null));
    const effort = authors.map((author) => author.effort());
    return { stored: new Map(stored), intended: new Map(intended), shown, effort };
  } finally {
    await network.end();
  }
}

test(
  'page and write rules: whatever is lost, repeated, delayed or reordered, the chat ends as its authors intended',
  async ({ annotate, database }) => {
    let acts = 0;
    let retried = 0;
    await fc.assert(
      fc
        .asyncProperty(history, twoClocks, faults, async (steps, clocks, numbers) => {
          const { stored, intended, shown, effort } = await live(database, steps, clocks, numbers);
          expect(stored).toEqual(intended);
          for (const tab of shown) expect(tab, 'what a tab shows').toEqual(stored);
          for (const each of effort) {
            acts += each.acts;
            retried += each.retried;
          }
        })
        .beforeEach(() => void vi.useFakeTimers({ toFake: [...FAKED] }))
        .afterEach(() => void vi.useRealTimers()),
      // Without shrinking, which takes minutes: the seed and the path repeat the case.
      { numRuns: CASES, endOnFailure: true },
    );
    await annotate(`${acts} messages, edits and deletions; persons retried ${retried} of them`);
    expect(retried, 'the page itself publishes again').toBeLessThan(acts / 50);
  },
  60_000 + 1_500 * CASES,
);
