import type { Backlog } from '../publishing/outbox.ts';

/** How many rows are pending, and for how long. */
export interface Lag {
  /** Counted up to 100,000. */
  readonly rows: number;
  /** Age of the first pending row, in seconds; 0 without one. */
  readonly seconds: number;
  /** Rows in outbox_set_aside, counted up to 100,000. */
  readonly setAside: number;
}

const COUNT_LIMIT = 100_000;

/** The database counts at most once in this time, however many requests come, in ms. */
const MAX_AGE = 1_000;

/** A health check must not wait for a database that does not answer, in ms. */
const TIMEOUT = 1_000;

/** Returns a function that measures the lag; null when the database does not answer in time. */
export function createLagGauge(backlog: (limit: number) => Promise<Backlog>): () => Promise<Lag | null> {
  let firstSeen: { sequenceId: string; at: number } | undefined;
  let measurement: Promise<Lag | null> | undefined;
  let measuredAt = -Infinity;

  function toLag({ rows, setAside, oldest, now }: Backlog): Lag {
    if (!oldest) return { rows, setAside, seconds: 0 };
    if (firstSeen?.sequenceId !== oldest.sequenceId) firstSeen = { sequenceId: oldest.sequenceId, at: now };
    const since = timeOfUuid(oldest.mutationId) ?? firstSeen.at;
    return { rows, setAside, seconds: Math.max(0, now - since) / 1_000 };
  }

  return () => {
    if (!measurement || performance.now() - measuredAt > MAX_AGE) {
      measuredAt = performance.now();
      const unknown = new Promise<null>((resolve) => setTimeout(resolve, TIMEOUT, null).unref());
      measurement = Promise.race([backlog(COUNT_LIMIT).then(toLag, () => null), unknown]);
    }
    return measurement;
  };
}

/** Returns the time in a UUID of version 7, as our triggers generate, in ms since the epoch. */
function timeOfUuid(id: string): number | undefined {
  const [, high, low] = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/.exec(id) ?? [];
  return high === undefined || low === undefined ? undefined : parseInt(high + low, 16);
}
