import { pause } from '../backoff.ts';
import type { Route } from '../config/fields.ts';
import type { Database } from '../database.ts';
import { toError } from '../errors.ts';
import type { ConnectorEvents } from '../events.ts';
import type { ConnectorOptions } from '../options.ts';
import { findDifferences, followMembers, type Differences } from './reconcile.ts';

/**
 * Compares the database with the configuration every `setupCheckPeriod` ms. Follows partitions that
 * come and go, and reports every other difference: a table that is dropped, renamed or recreated
 * loses its triggers, so its changes would silently not be published. Does not repair those: during
 * a roll-out an old connector would undo the new one's set-up.
 */
export function watchSetup(
  database: Database,
  routes: readonly Route[],
  events: ConnectorEvents,
  { setupCheckPeriod, lockTimeout }: Pick<ConnectorOptions, 'setupCheckPeriod' | 'lockTimeout'>,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = run();

  async function run(): Promise<void> {
    for (;;) {
      await pause(setupCheckPeriod, stopping.signal);
      if (stopping.signal.aborted) return;
      // The listener reports a database that does not answer.
      const differences = await compare().catch(() => null);
      if (differences) events.emit('setup:checked', { differences });
    }
  }

  async function compare(): Promise<string[]> {
    const before = await findDifferences(database, routes);
    if (before.changes.length === 0) return describe(before);
    try {
      await followMembers(database, routes, lockTimeout);
    } catch (error) {
      return [...describe(before), `could not create triggers: ${toError(error).message}`];
    }
    return describe(await findDifferences(database, routes));
  }

  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function describe({ changes, problems }: Differences): string[] {
  return [...changes.map((change) => `missing: ${change}`), ...problems];
}
