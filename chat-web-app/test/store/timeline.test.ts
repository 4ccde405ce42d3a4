import type { ChatRow } from '@chat/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toRowOrTombstone } from '~/store/messages/merge';
import { createTimeline } from '~/store/messages/timeline';
import type { RowOrTombstone } from '~/store/messages/merge';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';

interface News {
  msgId: string;
  update: RowOrTombstone;
}

function shown(news: News[]): readonly ChatRow[] {
  const timeline = createTimeline();
  for (const { msgId, update } of news) timeline.apply(msgId, update);
  return timeline.rows;
}

const news = (change: ReturnType<typeof anInsert>): News => ({
  msgId: change.row.msg_id,
  update: toRowOrTombstone(change),
});

/** What can befall one message: inserted, edited some times, perhaps deleted in the end. Few times, so that many collide. */
const aLife = fc
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
      events: [
        ...revisions.map((row) => news(row.revision === 1 ? anInsert(row) : anUpdate(row))),
        ...(isDeleted ? [news(aDelete(last))] : []),
      ],
      final: isDeleted ? undefined : last,
    };
  });

const someLives = fc
  .array(aLife, { minLength: 1, maxLength: 12 })
  .map((lives) => lives.map((life, index) => life(index + 1)));

describe('The timeline', () => {
  test('is the same for every order, repetition and interleaving of live changes, rewind and history', () => {
    const scene = someLives.chain((lives) => {
      const events = lives.flatMap((life) => life.events);
      return fc.record({
        lives: fc.constant(lives),
        // Each event at least once in any order, and any of them again anywhere.
        heard: fc
          .array(fc.constantFrom(...events), { maxLength: 20 })
          .chain((repeats) =>
            fc.shuffledSubarray([...events, ...repeats], { minLength: events.length + repeats.length }),
          ),
      });
    });
    fc.assert(
      fc.property(scene, ({ lives, heard }) => {
        const expected = lives
          .flatMap(({ final }) => (final ? [final] : []))
          .sort(
            (a, b) =>
              a.created_at_timestamp - b.created_at_timestamp ||
              a.incremental_record_id - b.incremental_record_id,
          );
        expect(shown(heard)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('shows a message in the order of publishing, not of arrival', () => {
    const late = aRow(3, { created_at_timestamp: 10 });
    expect(
      shown([anInsert(aRow(1)), anInsert(aRow(2)), anInsert(late)].map(news)).map((row) => row.msg_id),
    ).toEqual(['message-3', 'message-1', 'message-2']);
  });

  test('never goes back to an older revision', () => {
    const edited = aRow(1, { revision: 2, msg_data: 'edited' });
    expect(shown([anUpdate(edited), anInsert(aRow(1))].map(news))).toEqual([edited]);
  });

  test('does not bring back what was deleted, also when the deletion came first', () => {
    expect(
      shown([aDelete(aRow(1)), anInsert(aRow(1)), anUpdate(aRow(1, { revision: 9 }))].map(news)),
    ).toEqual([]);
  });

  test('takes in an edit of a message that it never loaded', () => {
    const edited = aRow(7, { revision: 4 });
    expect(shown([news(anUpdate(edited))])).toEqual([edited]);
  });

  test('moves a row whose time was changed in the database', () => {
    const moved = aRow(1, { revision: 2, created_at_timestamp: 9_000 });
    expect(
      shown([anInsert(aRow(1)), anInsert(aRow(2)), anUpdate(moved)].map(news)).map((row) => row.msg_id),
    ).toEqual(['message-2', 'message-1']);
  });

  test('tells whether anything that can be seen changed', () => {
    const timeline = createTimeline();
    expect(timeline.apply('message-1', aRow(1))).toBe(true);
    expect(timeline.apply('message-1', aRow(1))).toBe(false);
    expect(timeline.apply('message-1', 'deleted')).toBe(true);
    expect(timeline.apply('message-2', 'deleted')).toBe(false);
  });
});
