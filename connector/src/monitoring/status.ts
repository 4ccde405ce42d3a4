import type { ConnectorEvents } from '../events.ts';

/** The connector's state, derived from its events. */
export interface Status {
  /** Stays `starting` until the triggers exist and the connector listens for the first time. */
  readonly state: 'starting' | 'listening' | 'reconnecting';
  /** Channels whose last publish or claim failed, and that back off. */
  readonly stuckChannels: ReadonlySet<string>;
  /** How the database differs from the configuration. */
  readonly differences: readonly string[];
  /** This and the following count from the start. */
  readonly published: number;
  readonly retried: number;
  readonly setAside: number;
  readonly reconnects: number;
}

/** Returns an object that always has the current status. */
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
  events.on('rejected', () => (status.setAside += 1));
  events.on('channel:failed', ({ channel }) => {
    stuckChannels.add(channel);
    status.retried += 1;
  });
  events.on('channel:emptied', ({ channel }) => stuckChannels.delete(channel));
  events.on('setup:checked', ({ differences }) => (status.differences = differences));
  return status;
}

/** Returns the reasons why row changes are not published at the moment. */
export function whyNotReady({ state, stuckChannels, differences }: Status): string[] {
  const reasons: string[] = [];
  if (state === 'starting') reasons.push('not started: the database is unreachable or not set up');
  if (state === 'reconnecting') reasons.push('the connection to the database is lost; reconnecting');
  if (stuckChannels.size > 0) {
    reasons.push(`publishing fails and is retried for ${stuckChannels.size} of the channels`);
  }
  return [...reasons, ...differences];
}
