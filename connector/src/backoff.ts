import { setTimeout as delay } from 'node:timers/promises';

export interface Backoff {
  /** Longest first delay, ms. */
  readonly first: number;
  /** No delay is longer, ms. */
  readonly longest: number;
}

/**
 * Returns the delay after that many failures in a row (1 is the first), ms: doubling, with jitter
 * between half and whole, so that what failed together does not retry together. With
 * { first: 200, longest: 15_000 }: about 0.15, 0.3, 0.6, 1.2, 2.4, 4.8, 9.6, then 11 s each.
 */
export function backoffDelay(failures: number, { first, longest }: Backoff, random = Math.random): number {
  const ceiling = Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
  return ceiling * (0.5 + random() / 2);
}

/** Waits; resolves early, without an error, once the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
