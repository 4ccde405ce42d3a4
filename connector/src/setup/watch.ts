import { pause } from '../backoff.ts';
import type { Route } from '../config/fields.ts';
import type { Queryable } from '../database.ts';
import type { ConnectorEvents } from '../events.ts';
import { findDifferences } from './reconcile.ts';

/**
 * Compares the database with the configuration every `period` ms and reports differences. A table
 * that is dropped, renamed or recreated loses its triggers, so its changes would silently not be
 * published. Does not repair: during a roll-out an old connector would undo the new one's set-up.
 */
export function watchSetup(
  database: Queryable,
  routes: readonly Route[],
  events: ConnectorEvents,
  period: number,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = run();

  async function run(): Promise<void> {
    for (;;) {
      await pause(period, stopping.signal);
      if (stopping.signal.aborted) return;
      // The listener reports a database that does not answer.
      const differences = await findDifferences(database, routes).catch(() => null);
      if (!differences) continue;
      const { changes, problems } = differences;
      events.emit('setup:checked', {
        differences: [...changes.map((change) => `missing: ${change}`), ...problems],
      });
    }
  }

  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
