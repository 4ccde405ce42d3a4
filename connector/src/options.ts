import type { Backoff } from './backoff.ts';

/** Durations (ms) and limits with good defaults. They are not settings: only tests change them. */
export interface ConnectorOptions {
  /**
   * How long a node counts as alive after its last heartbeat; it sends three in that time. Other
   * nodes wait this long before they take over the batches of a node that is frozen or cut off.
   */
  readonly lease: number;
  /**
   * Delay between the polls of an idle connector, for nudges that are lost; it doubles up to
   * `longest`.
   */
  readonly poll: Backoff;
  /** How long the start may block the writers of a table while it waits to create a trigger. */
  readonly lockTimeout: number;
  readonly publishTimeout: number;
  readonly channelBackoff: Backoff;
  readonly databaseBackoff: Backoff;
  /** Channels published to at the same time; channels that back off are not counted. */
  readonly concurrency: number;
  /**
   * How long a channel may not get on, or a step may fail, before the connector is not ready: longer
   * than a slow publish, a restart of the database or a lock in passing.
   */
  readonly overdue: number;
  /** How long `stop()` waits for publishes in flight. SIGTERM must end the process within 10 s. */
  readonly drainTimeout: number;
  /** How often the connector compares tables and triggers with the configuration. */
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
  overdue: 5_000,
  drainTimeout: 7_000,
  setupCheckPeriod: 60_000,
} as const satisfies ConnectorOptions;
