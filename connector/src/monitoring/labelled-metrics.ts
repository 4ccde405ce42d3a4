import { Counter, Gauge, type Registry } from 'prom-client';
import type { Limits } from '../limits/limits.ts';
import type { Breakdown } from '../publishing/breakdown.ts';
import { findBlockedChannels, toTime, type Status } from './status.ts';

/** An outbox may name a new channel in every row: only so many get a label. */
const MOST_CHANNELS = 20;

/** A scrape must not wait for a database that does not answer, in ms. */
const TIMEOUT = 1_000;

/** Adds the gauges by channel and by code; a gauge is empty while the database does not answer. */
export function addLabelledMetrics(
  registry: Registry,
  status: Status,
  measure: (channels: readonly string[]) => Promise<Breakdown>,
  { channelRates }: Pick<Limits, 'channelRates'>,
): void {
  function gauge(
    name: string,
    label: string,
    help: string,
    read: () => Promise<ReadonlyMap<string, number>>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      async collect() {
        this.reset();
        for (const [value, number] of await read()) this.set({ [label]: value }, number);
      },
    });
  }

  const channels = () => [...status.delivery.heads()].slice(0, MOST_CHANNELS);
  let measurement: { at: number; breakdown: Promise<Breakdown> } | undefined;
  function breakdown(): Promise<Breakdown> {
    if (!measurement || performance.now() - measurement.at > TIMEOUT) {
      const unknown: Breakdown = { pending: new Map(), setAside: new Map() };
      const late = new Promise<Breakdown>((resolve) => setTimeout(resolve, TIMEOUT, unknown).unref());
      const measured = measure(channels().map(([channel]) => channel)).catch(() => unknown);
      measurement = { at: performance.now(), breakdown: Promise.race([measured, late]) };
    }
    return measurement.breakdown;
  }

  gauge(
    'connector_channel_lag_rows',
    'channel',
    'Pending rows of 20 channels, up to 10000 each',
    async () => {
      const { pending } = await breakdown();
      return pending;
    },
  );
  gauge(
    'connector_channel_lag_seconds',
    'channel',
    'Time since the channel last got on, for 20 channels with pending rows',
    () =>
      Promise.resolve(
        new Map(channels().map(([channel, since]) => [channel, (performance.now() - since) / 1_000])),
      ),
  );
  gauge(
    'connector_channel_blocked_since_seconds',
    'channel',
    'Unix time since which publishing to the channel fails, for 20 channels',
    () =>
      Promise.resolve(
        new Map(
          [...findBlockedChannels(status)]
            .slice(0, MOST_CHANNELS)
            .map(([channel, { since }]) => [channel, toTime(since).getTime() / 1_000]),
        ),
      ),
  );
  gauge(
    'connector_channel_rate',
    'channel',
    'Learned publishes a second, for 20 channels that Ably limits',
    () => Promise.resolve(new Map([...channelRates()].slice(0, MOST_CHANNELS))),
  );
  new Counter({
    name: 'connector_rate_limited_total',
    help: 'Publishes that Ably rejected because of a rate limit',
    labelNames: ['code'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [code, count] of status.limited) this.inc({ code }, count);
    },
  });
  gauge(
    'connector_set_aside_by_code',
    'code',
    'Rows in outbox_set_aside, for the 20 commonest codes',
    async () => {
      const { setAside } = await breakdown();
      return setAside;
    },
  );
}
