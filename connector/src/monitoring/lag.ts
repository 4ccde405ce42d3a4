import type { Backlog } from '../publishing/outbox.ts';

/** What waits, and for how long. */
export interface Lag {
  /** Counted up to 100,000. */
  readonly rows: number;
  /** Age of the first row that waits, in seconds: 0 when none does. */
  readonly seconds: number;
  /** Rows in outbox_set_aside, counted up to 100,000. */
  readonly setAside: number;
}

const COUNT_LIMIT = 100_000;

/** One look a second at most, however often somebody asks, in ms. */
const MAX_AGE = 1_000;

/** Who asks whether we live must not wait for a database that does not answer, in ms. */
const TIMEOUT = 1_000;

/** @returns asks for the lag; null when the database does not say in time */
export function createLagGauge(backlog: (limit: number) => Promise<Backlog>): () => Promise<Lag | null> {
  let firstSeen: { sequenceId: string; at: number } | undefined;
  let answer: Promise<Lag | null> | undefined;
  let askedAt = -Infinity;

  function toLag({ rows, setAside, oldest, now }: Backlog): Lag {
    if (!oldest) return { rows, setAside, seconds: 0 };
    if (firstSeen?.sequenceId !== oldest.sequenceId) firstSeen = { sequenceId: oldest.sequenceId, at: now };
    const since = timeOfUuid(oldest.mutationId) ?? firstSeen.at;
    return { rows, setAside, seconds: Math.max(0, now - since) / 1_000 };
  }

  return () => {
    if (!answer || performance.now() - askedAt > MAX_AGE) {
      askedAt = performance.now();
      const unknown = new Promise<null>((resolve) => setTimeout(resolve, TIMEOUT, null).unref());
      answer = Promise.race([backlog(COUNT_LIMIT).then(toLag, () => null), unknown]);
    }
    return answer;
  };
}

/** Our triggers give out UUIDs of version 7, which begin with the time. @returns ms since the epoch, if it is one */
function timeOfUuid(id: string): number | undefined {
  const [, high, low] = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/.exec(id) ?? [];
  return high === undefined || low === undefined ? undefined : parseInt(high + low, 16);
}
