import type { Log } from '../log.ts';
import { LIMITS, type LimitName } from './plans.ts';

/** In ms. */
const QUIET_PERIOD = 10_000;
/** Scopes contain names that clients choose. */
const MAX_SCOPES = 1_000;

interface Recent {
  loggedAt: number;
  since: number;
}

/** Counts what exceeded limits, and logs each limit and scope at most every 10 s. */
export class LimitHits {
  readonly #counts = new Map<LimitName, number>();
  readonly #recent = new Map<string, Recent>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * @param scope such as `channel:room`
   * @param count messages, publishes or whatever the limit counts
   * @param now ms since the epoch
   */
  record(limit: LimitName, scope: string, now: number, count = 1): void {
    this.#counts.set(limit, (this.#counts.get(limit) ?? 0) + count);
    const key = `${limit} ${scope}`;
    const recent = this.#recent.get(key) ?? { loggedAt: -Infinity, since: 0 };
    recent.since += count;
    if (now - recent.loggedAt >= QUIET_PERIOD) {
      const { code, consequence } = LIMITS[limit];
      this.#log('warn', 'limit.exceeded', { limit, scope, code, count: recent.since, consequence });
      Object.assign(recent, { loggedAt: now, since: 0 });
    }
    if (this.#recent.size >= MAX_SCOPES) this.#recent.clear();
    this.#recent.set(key, recent);
  }

  /** How often each limit was exceeded since the start. */
  counts(): Partial<Record<LimitName, number>> {
    return Object.fromEntries(this.#counts);
  }
}
