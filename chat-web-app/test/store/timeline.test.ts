import type { ChatRow, RowChange } from '@chat/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toRowOrTombstone } from '~/store/messages/merge';
import { positionOf, START } from '~/store/messages/position';
import { createTimeline } from '~/store/messages/timeline';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';

function rowsAfter(changes: RowChange[]): readonly ChatRow[] {
  const timeline = createTimeline();
  timeline.startAt(START);
  for (const change of changes) timeline.apply(change.row.msg_id, toRowOrTombstone(change));
  return timeline.rows;
}

/**
 * The history of one message: inserted, edited, perhaps deleted. Few times, so that many are equal.
 */
const messageHistory = fc
  .record({
    createdAt: fc.integer({ min: 0, max: 5 }),
    edits: fc.integer({ min: 0, max: 4 }),
    isDeleted: fc.boolean(),
  })
  .map(({ createdAt, edits, isDeleted }) => (recordId: number) => {
    const revisions = Array.from({ length: edits + 1 }, (_, index) =>
      aRow(recordId, {
        created_at_timestamp: createdAt,
        revision: index + 1,
        msg_data: `revision ${index + 1}`,
      }),
    );
    const last = revisions.at(-1) ?? aRow(recordId);
    return {
      changes: [
        ...revisions.map((row) => (row.revision === 1 ? anInsert(row) : anUpdate(row))),
        ...(isDeleted ? [aDelete(last)] : []),
      ],
      final: isDeleted ? undefined : last,
    };
  });

const messageHistories = fc
  .array(messageHistory, { minLength: 1, maxLength: 12 })
  .map((histories) => histories.map((history, index) => history(index + 1)));

describe('The timeline', () => {
  test('is the same for every order, repetition and interleaving of changes', () => {
    const deliveries = messageHistories.chain((histories) => {
      const changes = histories.flatMap((history) => history.changes);
      return fc.record({
        histories: fc.constant(histories),
        // Each change at least once in any order, and some of them again anywhere.
        delivered: fc
          .array(fc.constantFrom(...changes), { maxLength: 20 })
          .chain((repeats) =>
            fc.shuffledSubarray([...changes, ...repeats], { minLength: changes.length + repeats.length }),
          ),
      });
    });
    fc.assert(
      fc.property(deliveries, ({ histories, delivered }) => {
        const expected = histories
          .flatMap(({ final }) => (final ? [final] : []))
          .sort(
            (a, b) =>
              Number(a.created_at_timestamp) - Number(b.created_at_timestamp) ||
              Number(a.incremental_record_id) - Number(b.incremental_record_id),
          );
        expect(rowsAfter(delivered)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('orders messages by time of publishing, not of arrival', () => {
    const late = aRow(3, { created_at_timestamp: 10 });
    const rows = rowsAfter([aRow(1), aRow(2), late].map(anInsert));
    expect(rows.map((row) => row.msg_id)).toEqual(['message-3', 'message-1', 'message-2']);
  });

  test('ignores an older revision', () => {
    const edited = aRow(1, { revision: 2, msg_data: 'edited' });
    expect(rowsAfter([anUpdate(edited), anInsert(aRow(1))])).toEqual([edited]);
  });

  test('does not restore a deleted message, also when the deletion arrives first', () => {
    const later = anUpdate(aRow(1, { revision: 9 }));
    expect(rowsAfter([aDelete(aRow(1)), anInsert(aRow(1)), later])).toEqual([]);
  });

  test('holds an edit of a message below the range, and displays it when the range reaches it', () => {
    const timeline = createTimeline();
    timeline.startAt(positionOf(aRow(10)));
    const edited = aRow(7, { revision: 4 });
    expect(timeline.apply(edited.msg_id, edited)).toBe(false);
    timeline.apply('message-11', aRow(11));
    expect(timeline.rows.map((row) => row.msg_id)).toEqual(['message-11']);
    expect(timeline.indexOf(edited.msg_id)).toBe(-1);

    for (const id of [5, 6, 7, 8, 9]) timeline.apply(`message-${id}`, aRow(id));
    timeline.startAt(positionOf(aRow(6)));
    expect(timeline.rows).toEqual([aRow(6), edited, aRow(8), aRow(9), aRow(11)]);
    timeline.startAt(positionOf(aRow(8)));
    expect(timeline.rows).toEqual([aRow(8), aRow(9), aRow(11)]);
  });

  test('brings a forgotten row back with a later update, but never a deleted one', () => {
    const timeline = createTimeline();
    timeline.startAt(START);
    timeline.apply('message-1', aRow(1));
    timeline.forget('message-1');
    expect(timeline.rows).toEqual([]);
    timeline.apply('message-1', aRow(1, { revision: 2 }));
    expect(timeline.rows).toEqual([aRow(1, { revision: 2 })]);
  });

  test('moves a row whose time changes in the database', () => {
    const moved = aRow(1, { revision: 2, created_at_timestamp: 9_000 });
    const rows = rowsAfter([anInsert(aRow(1)), anInsert(aRow(2)), anUpdate(moved)]);
    expect(rows.map((row) => row.msg_id)).toEqual(['message-2', 'message-1']);
  });

  test('reports whether a visible row changed', () => {
    const timeline = createTimeline();
    timeline.startAt(START);
    expect(timeline.apply('message-1', aRow(1))).toBe(true);
    expect(timeline.apply('message-1', aRow(1))).toBe(false);
    expect(timeline.apply('message-1', 'deleted')).toBe(true);
    expect(timeline.apply('message-2', 'deleted')).toBe(false);
  });
});
