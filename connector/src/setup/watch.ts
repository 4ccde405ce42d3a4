import { pause } from '../backoff.ts';
import type { Route } from '../config/fields.ts';
import type { Queryable } from '../database.ts';
import type { ConnectorEvents } from '../events.ts';
import { findDifferences } from './reconcile.ts';

/**
 * Looks from time to time whether the database is still as configured. A table that is dropped, renamed or made anew takes
 * its triggers along, and its changes go nowhere: nobody would notice. Looks only: during a roll-out an old
 * connector would otherwise undo what the new one has set up.
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
      // A database that does not answer says nothing about its tables, and has others to tell of it.
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
