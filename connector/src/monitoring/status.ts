import type { ConnectorEvents } from '../events.ts';

/** What the events so far amount to. */
export interface Status {
  /** `listening` and `reconnecting` only after the triggers stood and the connector listened for the first time. */
  readonly state: 'starting' | 'listening' | 'reconnecting';
  /** Channels whose last publish or claim failed, and that wait for another try. */
  readonly stuckChannels: ReadonlySet<string>;
  /** In what the database is not as configured any more. */
  readonly differences: readonly string[];
  /** Since the start. */
  readonly published: number;
  readonly retried: number;
  readonly setAside: number;
  readonly reconnects: number;
}

/** @returns the status now, the same object for ever */
export function followStatus(events: ConnectorEvents): Status {
  const stuckChannels = new Set<string>();
  const status: { -readonly [Key in keyof Status]: Status[Key] } = {
    state: 'starting',
    stuckChannels,
    differences: [],
    published: 0,
    retried: 0,
    setAside: 0,
    reconnects: 0,
  };
  events.on('listening', () => (status.state = 'listening'));
  events.on('connection:lost', () => {
    if (status.state !== 'starting') status.state = 'reconnecting';
    status.reconnects += 1;
  });
  events.on('published', ({ channel, count }) => {
    stuckChannels.delete(channel);
    status.published += count;
  });
  events.on('refused', () => (status.setAside += 1));
  events.on('channel:failed', ({ channel }) => {
    stuckChannels.add(channel);
    status.retried += 1;
  });
  events.on('channel:emptied', ({ channel }) => stuckChannels.delete(channel));
  events.on('setup:checked', ({ differences }) => (status.differences = differences));
  return status;
}

/** Why nobody should count on row changes arriving now; empty when all is well. */
export function whyNotReady({ state, stuckChannels, differences }: Status): string[] {
  const reasons: string[] = [];
  if (state === 'starting') reasons.push('not started yet: the database is not reached or not set up');
  if (state === 'reconnecting') reasons.push('the connection to the database is lost; connecting again');
  if (stuckChannels.size > 0) {
    reasons.push(`publishing fails, and is tried again, for ${stuckChannels.size} of the channels`);
  }
  return [...reasons, ...differences];
}
