import type { Clock } from '../clock';

/** Publishes that may follow each other at once. */
const BURST = 10;
/**
 * ms between publishes after that. Ably accepts 50 a second from a connection, but a rule with 25
 * invocations in flight and 10 waiting loses what exceeds them: one tab must not fill it.
 */
const INTERVAL = 100;

const FIRST_BACKOFF = 1_000;
const LONGEST_BACKOFF = 30_000;

/** When the next message may be published: a token bucket, and a backoff while Ably is busy. */
export interface Pace {
  /** ms until the next publish may begin; 0: now. */
  pause(): number;
  began(): void;
  accepted(): void;
  /** Ably rejected a publish because of a rate limit. */
  wasBusy(): void;
}

export function createPace({ now, random }: Pick<Clock, 'now' | 'random'>): Pace {
  /** When the bucket will be full again. */
  let fullAt = 0;
  let busyUntil = 0;
  let backoff = FIRST_BACKOFF;

  return {
    pause() {
      // Too far ahead: the person has set the clock back.
      if (busyUntil > now() + 2 * LONGEST_BACKOFF) busyUntil = 0;
      if (fullAt > now() + BURST * INTERVAL) fullAt = 0;
      return Math.max(0, busyUntil - now(), fullAt - (BURST - 1) * INTERVAL - now());
    },
    began() {
      fullAt = Math.max(fullAt, now()) + INTERVAL;
    },
    accepted() {
      backoff = FIRST_BACKOFF;
    },
    wasBusy() {
      // Whole ms: timers cut fractions off, and the rest would be waited for again and again.
      busyUntil = now() + Math.ceil(backoff * (1 + random()));
      backoff = Math.min(backoff * 2, LONGEST_BACKOFF);
    },
  };
}
