import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { comparePositions, START } from '~/store/messages/position';
import { createChatStore } from '~/store';
import { fakeApi } from '../support/fake-api';
import { fakeDatabase } from '../support/fake-database';

const PAGE = 5;

const number = fc.nat(200);

/** What programs and people do to the table. Numbers choose rows and times. */
const change = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'insert' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('backdate' as const), n: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('nanoseconds' as const), n: fc.nat(60) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('edit' as const), n: number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const), n: number, to: fc.nat(60) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), n: number }) },
);

/** What happens next: `away` is an absence with changes, of which some are published meanwhile. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('change' as const), change }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('away' as const),
      changes: fc.array(change, { minLength: 1, maxLength: 8 }),
      published: fc.nat(12),
      resumes: fc.boolean(),
      rewind: fc.nat(3),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('publish' as const), n: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), n: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'older' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cursor' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer' as const), fails: fc.boolean() }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'answers' as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.nat(40) }) },
);

type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A tab, the database and what is under way between them; each request is answered by a step. */
function world(rowsBefore: number) {
  const database = fakeDatabase();
  for (let row = 0; row < rowsBefore; row += 1) database.insert();
  const api = fakeApi();
  let time = 0;
  /** Reads that the tab has postponed. */
  const postponed: (() => void)[] = [];
  const after = (_ms: number, action: () => void) => {
    postponed.push(action);
    return () => undefined;
  };
  api.clock = { now: () => time, after, random: () => 0 };
  const store = createChatStore(api, false);
  /** Requests that the database has answered, while the answer is on its way. */
  const underWay: ((fails: boolean) => void)[] = [];
  const answerLater = <Answer>(answer: Answer) =>
    new Promise<Answer>((resolve, reject) => {
      underWay.push((fails) => (fails ? reject(new Error('lost on its way')) : resolve(answer)));
    });
  api.history = ({ limit, before }) =>
    answerLater(database.history({ limit: Math.min(limit, PAGE), ...(before !== undefined && { before }) }));
  api.changes = (since) => answerLater(database.changes(since));

  /** Row changes before this index were published by the connector. */
  let published = rowsBefore;
  let isAttached = false;
  /** The first published change that this tab has not received. */
  let missedFrom = published;
  const receive = (index: number) => void store.dispatch('messages/receive', database.committed[index]);

  return {
    database,
    store,
    publish(count: number): void {
      for (let n = 0; n < count && published < database.committed.length; n += 1) {
        if (isAttached) receive(published);
        published += 1;
      }
      if (isAttached) missedFrom = published;
    },
    /** The connector, restarted, publishes its last changes again, in order. */
    repeat(n: number): void {
      for (let index = Math.max(0, published - n); index < published; index += 1) receive(index);
    },
    change(next: Change): void {
      if (next.kind === 'insert') database.insert();
      if (next.kind === 'backdate') database.insert(next.n * 1_000);
      // As numbers, all of these times would be the same.
      if (next.kind === 'nanoseconds') database.insert(1_700_000_000_000_000_000n + BigInt(next.n));
      if (next.kind === 'edit') database.update(next.n);
      if (next.kind === 'move') database.update(next.n, { created_at_timestamp: next.to * 1_000 });
      if (next.kind === 'remove') database.remove(next.n);
    },
    disconnect: () => void (isAttached = false),
    attach({ resumes, rewind }: { resumes: boolean; rewind: number }): void {
      isAttached = true;
      const from = resumes ? missedFrom : Math.max(0, published - rewind);
      void store.dispatch('messages/attached', { resumed: resumes, truncated: false });
      for (let index = from; index < published; index += 1) receive(index);
      missedFrom = published;
    },
    async answer(fails = false): Promise<void> {
      underWay.shift()?.(fails);
      await settle();
    },
    async answers(): Promise<void> {
      await settle();
      while (underWay.length > 0) await this.answer();
    },
    async wait(seconds: number): Promise<void> {
      time += seconds * 1_000;
      for (const begin of postponed.splice(0)) begin();
      await settle();
    },
    async finish(): Promise<void> {
      await this.answers();
      while (postponed.length > 0) {
        await this.wait(60);
        await this.answers();
      }
    },
  };
}

async function take(tab: ReturnType<typeof world>, next: Step): Promise<void> {
  if (next.kind === 'change') tab.change(next.change);
  if (next.kind === 'publish') tab.publish(next.n);
  if (next.kind === 'repeat') tab.repeat(next.n);
  if (next.kind === 'older') void tab.store.dispatch('messages/loadOlder');
  if (next.kind === 'cursor') void tab.store.dispatch('messages/moveCursor');
  if (next.kind === 'answer') await tab.answer(next.fails);
  if (next.kind === 'answers') await tab.answers();
  if (next.kind === 'wait') await tab.wait(next.seconds);
  if (next.kind === 'away') {
    tab.disconnect();
    for (const change of next.changes) tab.change(change);
    tab.publish(next.published);
    tab.attach(next);
  }
  await settle();
}

/** Lets promises that are already decided continue. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe('The displayed range', () => {
  test('has no gap and equals the database, whatever happened in between', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    vi.spyOn(console, 'info').mockReturnValue();
    await fc.assert(
      fc.asyncProperty(fc.nat(40), fc.array(step, { maxLength: 25 }), async (rowsBefore, steps) => {
        const tab = world(rowsBefore);
        const { database, store } = tab;
        void store.dispatch('messages/catchUp');
        // Fresh history: the rewind of the first attachment covers what came after it.
        tab.attach({ resumes: false, rewind: 0 });
        for (const next of steps) await take(tab, next);

        // Everything arrives in the end, and a read that failed is repeated.
        tab.publish(Number.POSITIVE_INFINITY);
        await tab.finish();
        if (store.state.messages.history === 'failed') void store.dispatch('messages/catchUp');
        await tab.finish();

        const { timeline, older } = store.state.messages;
        const start = timeline.start ?? START;
        const expected = database.sorted().filter((row) => comparePositions(row, start) >= 0);
        expect(timeline.rows).toEqual(expected);
        expect(older === null).toBe(start === START);
      }),
      { numRuns: 3_000 },
    );
  }, 60_000);
});
