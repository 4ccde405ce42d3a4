import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../database.ts';
import { toError } from '../errors.ts';
import { claimAhead } from './claim-ahead.ts';
import { createPendingChanges, type PendingChanges } from './pending-changes.ts';
import { START, surveyChannel, type Place } from './survey.ts';

/**
 * Lets small transactions overtake large ones while Ably limits a channel, so that what people write
 * is not stuck behind a bulk statement. Keeps in memory what it has seen of the pending rows; that
 * is only a cache, which any node rebuilds from the outbox.
 */
export interface Overtaking {
  /**
   * Records a batch of rows that overtake others, if there are any; the next claim returns it.
   * @returns whether there is one
   */
  claim(size: { rows: number; bytes: number }): Promise<boolean>;
}

/** Pending rows of a channel beyond which none overtakes: each takes some 100 bytes of memory. */
const MOST_ROWS = 500_000;

/**
 * The share of the time that surveys may take which read many known rows, as they do while a
 * transaction stays open that may still insert some among them.
 */
const SHARE = 1 / 10;
const MANY = 1_000;

/** Longer than this a batch does not wait for a survey: it is the next one in order, ms. */
const PATIENCE = 50;

/** Rows that overtake in one batch. */
const MOST_AHEAD = 500;

/** @param onFailure called when a survey fails, which only keeps rows from overtaking */
export function createOvertaking(
  database: Database,
  node: string,
  channel: string,
  onFailure: (error: Error) => void,
): Overtaking {
  let place: Place = START;
  let changes: PendingChanges = createPendingChanges();
  let surveying: Promise<void> | undefined;
  let notBefore = -Infinity;
  let wasAhead = false;

  function startAnew(): void {
    place = START;
    changes = createPendingChanges();
  }

  async function survey(): Promise<void> {
    const startedAt = performance.now();
    const before = changes;
    let known = 0;
    try {
      const found = await surveyChannel(database, node, channel, place, MOST_ROWS - changes.size);
      if (before !== changes) return; // started anew meanwhile
      if (found?.continues === true) {
        place = found.place;
        changes.advance(found.first ?? Infinity);
        known = changes.add(found.rows);
      } else startAnew();
    } catch (error) {
      startAnew();
      onFailure(toError(error));
    } finally {
      const now = performance.now();
      if (known > MANY) notBefore = now + (now - startedAt) / SHARE;
      surveying = undefined;
    }
  }

  return {
    async claim({ rows, bytes }) {
      // Every other batch is the next one in order, so that also large transactions get on.
      if (wasAhead) return (wasAhead = false);
      if (performance.now() >= notBefore) surveying ??= survey();
      // What a survey has found stays true while others follow.
      await Promise.race([surveying, delay(PATIENCE, undefined, { ref: false })]);
      const chosen = changes.choose(Math.min(rows, MOST_AHEAD));
      if (chosen.length === 0) return false;
      const claimed = await claimAhead(database, node, channel, chosen, bytes);
      if (claimed.length === 0) startAnew();
      changes.claimed(claimed);
      wasAhead = claimed.length > 0;
      return wasAhead;
    },
  };
}
