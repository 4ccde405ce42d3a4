import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPendingChanges, type PendingRow } from '../src/overtaking/pending-changes.ts';

/** A row change of the transaction `of`; rows are numbered in the order of writing. */
const rowsOf = (...changes: readonly [of: string, key: number | null][]): PendingRow[] =>
  changes.map(([transaction, key], index) => ({ sequenceId: index + 1, transaction, key }));

const bulk = (rows: number) => Array.from({ length: rows }, (_, key): [string, number] => ['bulk', key]);

describe('pending changes: a small transaction', () => {
  test('overtakes a large one that changes other rows', () => {
    const changes = createPendingChanges();
    changes.add(rowsOf(...bulk(100), ['live', 500], ['live', 501]));
    expect(changes.choose(10)).toEqual([101, 102]);
  });

  test.for<[string, [string, number | null][]]>([
    ['changed one of its rows', [['live', 7]]],
    ['changed one of several of its rows', [['live', 500], ['live', 7]]], // prettier-ignore
    ['may have changed its row, which is unknown', [['live', null]]],
  ])('does not overtake a large one that %s', ([, own]) => {
    const changes = createPendingChanges();
    changes.add(rowsOf(...bulk(100), ...own));
    expect(changes.choose(10)).toEqual([]);
  });

  test('overtakes once the earlier change of its row is claimed', () => {
    const changes = createPendingChanges();
    changes.add(rowsOf(...bulk(100), ['live', 7]));
    changes.advance(9); // the change of row 7 has number 8
    expect(changes.choose(10)).toEqual([101]);
  });

  test('follows another small one on the same row, which has overtaken', () => {
    const changes = createPendingChanges();
    changes.add(rowsOf(...bulk(100), ['sent', 500], ['edited', 500]));
    expect(changes.choose(10)).toEqual([101]);
    changes.claimed([101]);
    expect(changes.choose(10)).toEqual([102]);
  });

  test('is one of at most 32 rows, also when a survey sees only the last of more', () => {
    const changes = createPendingChanges();
    const rows = rowsOf(...bulk(100));
    changes.add(rows);
    changes.add(rows.slice(90));
    expect(changes.choose(10)).toEqual([]);
    changes.add(rowsOf(...bulk(100), ...bulk(32).map(([, key]): [string, number] => ['live', 200 + key])));
    expect(changes.choose(10)).toHaveLength(32);
  });
});

/** Transactions of up to 40 changes of few rows, written one after the other. */
const history = fc.array(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 40 }), {
  minLength: 1,
  maxLength: 12,
});

test('pending changes: whatever overtakes, the changes of each row are claimed in their order, and each once', () => {
  fc.assert(
    fc.property(history, fc.array(fc.nat(50), { minLength: 20, maxLength: 60 }), (transactions, steps) => {
      const all = rowsOf(
        ...transactions.flatMap((keys, at) => keys.map((key): [string, number] => [`t${at}`, key])),
      );
      const changes = createPendingChanges();
      let pending: PendingRow[] = [];
      let written = 0;
      const claimed: PendingRow[] = [];
      const claim = (ids: readonly number[]) => {
        claimed.push(...ids.flatMap((id) => pending.filter(({ sequenceId }) => sequenceId === id)));
        pending = pending.filter(({ sequenceId }) => !ids.includes(sequenceId));
      };
      for (const step of steps) {
        // Whole transactions become visible.
        const of = all[written]?.transaction;
        const visible = all.filter(({ transaction }) => transaction === of);
        if (step % 3 === 0) [written, pending] = [written + visible.length, [...pending, ...visible]];
        changes.advance(pending[0]?.sequenceId ?? Infinity);
        changes.add(pending);
        const chosen = changes.choose(step);
        const ahead = chosen.slice(0, 1 + (step % 7)); // as many as fit into the batch
        claim(ahead);
        changes.claimed(ahead);
        claim(pending.slice(0, step % 20).map(({ sequenceId }) => sequenceId));
      }
      for (const own of Map.groupBy(claimed, ({ key }) => key).values()) {
        const ids = own.map(({ sequenceId }) => sequenceId);
        expect(ids).toEqual(ids.toSorted((one, other) => one - other));
        expect(new Set(ids).size).toBe(ids.length);
      }
    }),
    { numRuns: 500 },
  );
});
