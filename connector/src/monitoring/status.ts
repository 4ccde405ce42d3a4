import type { ConnectorEvents } from '../events.ts';
import type { ConnectorOptions } from '../options.ts';
import { followDelivery, type Delivery, type Trouble } from './delivery.ts';

/** The connector's state, derived from its events. */
export interface Status {
  /** Stays `starting` until the triggers exist and the connector listens for the first time. */
  readonly state: 'starting' | 'listening' | 'reconnecting';
  /** Why the database is not connected; absent while listening. */
  readonly disconnected: Trouble | undefined;
  /** Channels whose last publish or claim failed, and that back off. */
  readonly stuckChannels: ReadonlyMap<string, Trouble>;
  readonly delivery: Delivery;
  /** How the database differs from the configuration. */
  readonly differences: readonly string[];
  /** This and the following count from the start. */
  readonly published: number;
  readonly retried: number;
  readonly setAside: number;
  readonly reconnects: number;
  /** Publishes that Ably rejected because of a rate limit, by its code. */
  readonly limited: ReadonlyMap<number, number>;
}

/** Returns an object that always has the current status. */
export function followStatus(
  events: ConnectorEvents,
  options: Pick<ConnectorOptions, 'concurrency' | 'overdue'>,
): Status {
  const stuckChannels = new Map<string, Trouble>();
  const limited = new Map<number, number>();
  const status: { -readonly [Key in keyof Status]: Status[Key] } = {
    state: 'starting',
    disconnected: undefined,
    stuckChannels,
    delivery: followDelivery(events, options),
    differences: [],
    published: 0,
    retried: 0,
    setAside: 0,
    reconnects: 0,
    limited,
  };
  const toTrouble = (known: Trouble | undefined, error: Error): Trouble => ({
    since: known?.since ?? performance.now(),
    error: error.message,
  });
  events.on('start:failed', ({ error }) => (status.disconnected = toTrouble(status.disconnected, error)));
  events.on('listening', () => {
    status.state = 'listening';
    status.disconnected = undefined;
  });
  events.on('connection:lost', ({ error }) => {
    if (status.state !== 'starting') status.state = 'reconnecting';
    status.disconnected = toTrouble(status.disconnected, error);
    status.reconnects += 1;
  });
  events.on('published', ({ channel, count }) => {
    stuckChannels.delete(channel);
    status.published += count;
  });
  events.on('rejected', () => (status.setAside += 1));
  events.on('channel:failed', ({ channel, error }) => {
    stuckChannels.set(channel, toTrouble(stuckChannels.get(channel), error));
    status.retried += 1;
  });
  events.on('limited', ({ code }) => limited.set(code, (limited.get(code) ?? 0) + 1));
  events.on('channel:emptied', ({ channel }) => stuckChannels.delete(channel));
  events.on('setup:checked', ({ differences }) => (status.differences = differences));
  return status;
}

/** Returns since when, and why, rows of a channel do not go out; by channel. */
export function findBlockedChannels({ stuckChannels, delivery }: Status): ReadonlyMap<string, Trouble> {
  const blocked = new Map(delivery.waitingChannels());
  for (const [channel, { since, error }] of stuckChannels) {
    const earlier = Math.min(since, blocked.get(channel)?.since ?? since);
    blocked.set(channel, { since: earlier, error });
  }
  return blocked;
}

/** An outbox may have any number of channels; the answer names the first of them. */
const MOST_NAMED = 10;

/** Returns the reasons why row changes are not published at the moment. */
export function whyNotReady(status: Status): string[] {
  const { state, disconnected, delivery, differences } = status;
  const reasons: string[] = [];
  const details = disconnected ? ` ${describe(disconnected)}` : '';
  if (state === 'starting') reasons.push(`not started: the database is unreachable or not set up${details}`);
  if (state === 'reconnecting')
    reasons.push(`the connection to the database is lost; reconnecting${details}`);
  for (const [step, trouble] of delivery.failingSteps()) reasons.push(`${step} fails ${describe(trouble)}`);
  const blocked = [...findBlockedChannels(status)];
  for (const [channel, trouble] of blocked.slice(0, MOST_NAMED)) {
    reasons.push(`publishing to channel ${channel} fails ${describe(trouble)}`);
  }
  if (blocked.length > MOST_NAMED) {
    reasons.push(`publishing to ${blocked.length - MOST_NAMED} further channels fails`);
  }
  return [...reasons, ...differences];
}

const describe = ({ since, error }: Trouble) => `since ${toTime(since).toISOString()}: ${error}`;

/** Converts a time of `performance.now()` to the present clock. */
export function toTime(since: number): Date {
  return new Date(Date.now() - (performance.now() - since));
}
