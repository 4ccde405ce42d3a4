import type { Backoff } from './backoff.ts';

/** What has a good default and is not configuration: tests shorten it, nobody else needs to. All durations in ms. */
export interface ConnectorOptions {
  /**
   * How long a node counts as alive after its last heartbeat. Heartbeats come three times as often. A dead node's
   * unfinished rows wait this long for another node.
   */
  readonly lease: number;
  /** An idle connector looks at the outbox less and less often, down to `longest`, should a nudge be missed. */
  readonly poll: Backoff;
  /** How long the start may hold up the writers of a table while it waits to put a trigger there. */
  readonly lockTimeout: number;
  readonly publishTimeout: number;
  readonly channelBackoff: Backoff;
  readonly databaseBackoff: Backoff;
  /** Channels published to at the same time; those that wait after a failure are not counted. */
  readonly concurrency: number;
  /** How long `stop()` waits for publishes in flight; SIGTERM must be over within 10 s. */
  readonly drainTimeout: number;
  /** How often it is looked whether tables and triggers are still as configured. */
  readonly setupCheckPeriod: number;
}

export const defaultOptions = {
  lease: 5_000,
  poll: { first: 250, longest: 1_000 },
  lockTimeout: 5_000,
  publishTimeout: 10_000,
  channelBackoff: { first: 200, longest: 15_000 },
  databaseBackoff: { first: 100, longest: 5_000 },
  concurrency: 16,
  drainTimeout: 7_000,
  setupCheckPeriod: 60_000,
} as const satisfies ConnectorOptions;
