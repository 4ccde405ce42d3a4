import type { Clock } from '../clock';

const FIRST_INTERVAL = 2_000;
const LONGEST_INTERVAL = 30_000;

/**
 * Limits how often losses of continuity cause a read. The first one does at once; those that follow
 * within the interval share one read at its end. The interval doubles with each read while losses go
 * on, as during a bulk update that exceeds what Ably delivers to a connection.
 * @returns the function to call after each loss; resolves after a read that began later
 */
export function throttleLosses({ now, after, random }: Clock): (read: () => Promise<void>) => Promise<void> {
  let interval = FIRST_INTERVAL;
  let lastReadAt = -Infinity;
  let waiting: Promise<void> | undefined;

  function begin(read: () => Promise<void>): Promise<void> {
    waiting = undefined;
    lastReadAt = now();
    return read();
  }

  return (read) => {
    if (waiting) return waiting;
    const sinceLast = Math.abs(now() - lastReadAt);
    if (sinceLast > 2 * LONGEST_INTERVAL) interval = FIRST_INTERVAL;
    if (sinceLast >= interval) return begin(read);
    // At random, so that the tabs that lost continuity together do not read together.
    const pause = (interval - sinceLast) * (1 + random() / 4);
    interval = Math.min(interval * 2, LONGEST_INTERVAL);
    waiting = new Promise<void>((resolve) => void after(pause, resolve)).then(() => begin(read));
    return waiting;
  };
}
