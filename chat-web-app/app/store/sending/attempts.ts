import type { Clock } from '../clock';
import type { SendEntry } from './entry';

/**
 * ms from Ably's acknowledgement until the page looks for the row and publishes again, by the number
 * of acknowledged attempts. An acknowledged message can be lost: an Ably rule rejects what exceeds
 * its invocations in flight. After the last one the entry is overdue.
 */
const DELAYS = [10_000, 20_000, 40_000, 80_000, 80_000, 80_000];

/** With its jitter. */
export const LONGEST_DELAY = 100_000;

/** Attempts of one round, until the person starts another. */
export const ATTEMPTS = DELAYS.length;

/** ms for which Ably discards a repeated message id without invoking its rule. */
export const ABLY_REMEMBERS = 120_000;

/** Up to a quarter longer at random, so that tabs do not publish again at the same moment. */
export function confirmationDelay(acknowledged: number, { random }: Pick<Clock, 'random'>): number {
  const delay = DELAYS[Math.min(acknowledged, ATTEMPTS) - 1] ?? 0;
  return Math.round(delay * (1 + random() / 4));
}

/** The Ably message id of the present attempt. `~` is in no action id. */
export function ablyIdOf({ id, attempt }: Pick<SendEntry, 'id' | 'attempt'>): string {
  return attempt > 1 ? `${id}~${attempt}` : id;
}

/**
 * Begins an attempt. A publish that Ably has not acknowledged is repeated as the same attempt while
 * Ably remembers its id, so that it counts once if it did arrive.
 * @param at ms since the epoch
 */
export function beginAttempt(entry: SendEntry, at: number): void {
  const isSame = entry.attempt > 0 && !entry.isAcknowledged && at - entry.attemptedAt < ABLY_REMEMBERS;
  if (isSame) return;
  entry.attempt += 1;
  entry.attemptedAt = at;
  entry.isAcknowledged = false;
}
