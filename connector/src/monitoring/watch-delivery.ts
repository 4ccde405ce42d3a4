import { pause } from '../backoff.ts';
import { toError } from '../errors.ts';
import type { ConnectorEvents } from '../events.ts';
import type { Head } from '../publishing/heads.ts';

const DEFAULTS = {
  /** How often the connector looks whether the outbox empties, ms. */
  period: 1_000,
  /** How often the reasons for not being ready are reported again, ms. */
  reminder: 30_000,
};

/**
 * Looks at the first pending row of each channel every second, and reports when the connector stops
 * being ready, every 30 s until it is ready again, and then.
 */
export function watchDelivery(
  findHeads: () => Promise<Head[]>,
  reasons: () => readonly string[],
  events: ConnectorEvents,
  { period, reminder } = DEFAULTS,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  /** When it was last reported as not ready, on the clock of `performance.now()`. */
  let reportedAt: number | undefined;
  const running = Promise.all([everyPeriod(look), everyPeriod(report)]);

  async function everyPeriod(work: () => void | Promise<void>): Promise<void> {
    while (!stopping.signal.aborted) {
      await work();
      await pause(period, stopping.signal);
    }
  }

  async function look(): Promise<void> {
    try {
      events.emit('looked', { heads: await findHeads() });
    } catch (error) {
      events.emit('look:failed', { error: toError(error) });
    }
  }

  /** Apart from looking, which may hang. */
  function report(): void {
    const present = reasons();
    const isReady = present.length === 0;
    const isReported = reportedAt !== undefined;
    const isRecent = reportedAt !== undefined && performance.now() - reportedAt < reminder;
    if (isReady ? !isReported : isRecent) return;
    events.emit('readiness', { reasons: present });
    reportedAt = isReady ? undefined : performance.now();
  }

  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
