import { backoffDelay, type Backoff } from '../backoff.ts';

/**
 * The rate below a limit that only Ably's rejections reveal. Unlimited until the first of them; then
 * it follows CUBIC (RFC 9438), by time alone: it starts at 0.8 of the rate that was rejected,
 * returns to that in 5 s, stays near it, and then grows faster and faster. After a minute without a
 * rejection it is unlimited again.
 */
export interface Pace {
  /** Units a second; Infinity while no limit is known. */
  rate(): number;
  /** Time until the next publish may be sent, ms. */
  delay(): number;
  /** Counts what is about to be sent. The publishes after it wait for it, not it itself. */
  spend(amount: number): void;
  accepted(amount: number): void;
  rejected(): void;
}

/** The share of the rejected rate at which the pace continues. */
const CUT = 0.8;

/** How long the pace takes to return to the rejected rate, ms. */
const REGAIN = 5_000;

/** Ably's limits are per second, so rejections within one have one cause, ms. */
const WINDOW = 1_000;

/** After this long without a rejection no limit is known any more, ms. */
const FORGET = 60_000;

/** Timers are late: what was missed is made up for within this time, ms. */
const CATCH_UP = 100;

/** Delays after rejections in a row. */
const REPEAT: Backoff = { first: 100, longest: 5_000 };

/** No publish waits longer for its turn, ms. */
const LONGEST = 15_000;

/**
 * @param least the rate from which it learns, units a second: a rejection below it is caused by
 * other programs, so that slowing down further would not help
 */
export function createPace(least: number, now = () => performance.now()): Pace {
  let rejectedRate = Infinity;
  let cutAt = -Infinity;
  let next = -Infinity;
  let isBinding = false;
  let rejections = 0;
  let rejectedSince = -Infinity;
  // What was accepted in the present window, which lasts at least WINDOW, and in the one before.
  let since = -Infinity;
  let count = 0;
  let earlier = { since: -Infinity, count: 0 };

  function rate(): number {
    const elapsed = now() - cutAt;
    if (rejectedRate === Infinity || elapsed > FORGET) return Infinity;
    return rejectedRate * (1 + (1 - CUT) * ((elapsed - REGAIN) / REGAIN) ** 3);
  }

  /** The rate that Ably accepted lately: the larger of two windows, as one may have just begun. */
  const acceptedRate = () => (Math.max(count, earlier.count) * 1_000) / WINDOW;

  /** A limit that rejects for long after a burst reveals itself by the whole time of both. */
  function learnFromPause(): void {
    if (now() - rejectedSince < 2 * WINDOW) return;
    const isRecent = now() - earlier.since < LONGEST;
    const total = count + (isRecent ? earlier.count : 0);
    const seconds = (now() - (isRecent ? earlier.since : since)) / 1_000;
    if (total > 0 && seconds * 1_000 < LONGEST) rejectedRate = Math.min(rejectedRate, total / seconds);
  }

  return {
    rate,
    delay: () => Math.max(0, next - now()),
    spend(amount) {
      const present = rate();
      isBinding = present < Infinity && next > now() - 2 * CATCH_UP;
      if (present === Infinity) return;
      const wait = Math.min(LONGEST, (amount * 1_000) / present);
      next = Math.max(next, now() - CATCH_UP) + wait;
    },
    accepted(amount) {
      if (rejections > 0) learnFromPause();
      rejections = 0;
      if (now() - since >= WINDOW) {
        earlier = now() - since < 2 * WINDOW ? { since, count } : { since: -Infinity, count: 0 };
        since = now();
        count = 0;
      }
      count += amount;
    },
    rejected() {
      if (rejections === 0) rejectedSince = now();
      rejections += 1;
      const wasUnlimited = rate() === Infinity;
      if (wasUnlimited || now() - cutAt >= WINDOW) {
        rejectedRate = isBinding ? rate() : Math.max(least, Math.min(rate(), acceptedRate()));
        cutAt = now();
        // What was accepted at once has used up the limit for a while.
        if (wasUnlimited) next = Math.max(next, since + Math.min(LONGEST, (count * 1_000) / rate()));
      }
      next = Math.max(next, now() + backoffDelay(rejections, REPEAT));
    },
  };
}
