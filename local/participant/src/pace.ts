import { setTimeout as delay } from 'node:timers/promises';

/** Messages that may go out at once, and then per second: below the 50 of Ably's limit. */
const BURST = 10;
const PER_SECOND = 10;

/** Lets callers pass one after another, in the order in which they come. */
export function createPace(): { passed(): Promise<void> } {
  let tokens = BURST;
  let refilledAt = performance.now();
  let last = Promise.resolve();

  async function takeToken(): Promise<void> {
    const now = performance.now();
    tokens = Math.min(BURST, tokens + ((now - refilledAt) * PER_SECOND) / 1_000) - 1;
    refilledAt = now;
    if (tokens < 0) await delay((-tokens * 1_000) / PER_SECOND);
  }

  return { passed: () => (last = last.then(takeToken)) };
}
