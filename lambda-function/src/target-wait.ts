/**
 * How long an edit or delete may wait for the message that it names. Ably delivers messages in any
 * order, so the insert may still arrive; but anyone can publish edits of messages that never were.
 */

/**
 * In ms since Ably received the edit or delete. AWS repeats a failed event after one and after two
 * minutes: the last of three attempts must drop it instead of making it a dead letter.
 */
export const DEFAULT_TARGET_WAIT = 150_000;

/** In ms, for a record of a stream, which holds back its shard while it is retried. */
const ORDERED_TARGET_WAIT = 10_000;

/**
 * Returns until when the target of an edit or delete may still arrive, in ms since the epoch.
 * @param receivedAt when Ably received the message, by its clock; a later one than ours counts as now
 * @param redrivenAt when an operator sent its event again
 */
export function targetDeadline(
  { receivedAt, redrivenAt = 0, isOrdered }: { receivedAt: number; redrivenAt?: number; isOrdered: boolean },
  targetWait: number,
  now: number = Date.now(),
): number {
  const wait = isOrdered ? Math.min(ORDERED_TARGET_WAIT, targetWait) : targetWait;
  return Math.min(Math.max(receivedAt, redrivenAt), now) + wait;
}
