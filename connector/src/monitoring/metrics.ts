import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ConnectorEvents } from '../events.ts';
import type { Lag } from './lag.ts';
import type { Breakdown } from '../publishing/breakdown.ts';
import type { Limits } from '../limits/limits.ts';
import { addLabelledMetrics } from './labelled-metrics.ts';
import { whyNotReady, type Status } from './status.ts';

/** Collects the metrics; `render` returns them in Prometheus' text format. */
export function createMetrics(
  events: ConnectorEvents,
  status: Status,
  measureLag: () => Promise<Lag | null>,
  breakdown: (channels: readonly string[]) => Promise<Breakdown>,
  limits: Pick<Limits, 'channelRates' | 'accountRate'>,
): { contentType: string; render(): Promise<string> } {
  const registry = new Registry();
  const registers = [registry];

  function counter(name: string, help: string, read: (status: Status) => number): void {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(status));
      },
    });
  }
  function gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  }
  /** NaN is Prometheus' unknown value: the database did not answer. */
  const ofLag = (name: keyof Lag) => async () => (await measureLag())?.[name] ?? NaN;

  gauge('connector_lag_rows', 'Rows not settled yet, counted up to 100000', ofLag('rows'));
  gauge('connector_lag_seconds', 'Age of the first row not settled yet', ofLag('seconds'));
  gauge('connector_set_aside_rows', 'Rows in outbox_set_aside, counted up to 100000', ofLag('setAside'));
  gauge(
    'connector_stuck_channels',
    'Channels that back off after a failure',
    () => status.stuckChannels.size,
  );
  gauge('connector_ready', '1 while row changes go out, as /ready answers', () =>
    Number(whyNotReady(status).length === 0),
  );
  addLabelledMetrics(registry, status, breakdown, limits);
  gauge('connector_account_rate', 'Learned messages a second of the account; 0 while not limited', () =>
    limits.accountRate() < Infinity ? limits.accountRate() : 0,
  );
  gauge('connector_listening', '1 while connected to the database', () =>
    Number(status.state === 'listening'),
  );
  gauge(
    'connector_setup_differences',
    'Differences between database and configuration',
    () => status.differences.length,
  );
  counter('connector_published_messages_total', 'Messages that Ably accepted', ({ published }) => published);
  counter('connector_retries_total', 'Publishes and claims that failed and are retried', (s) => s.retried);
  counter('connector_set_aside_messages_total', 'Messages that Ably permanently rejects', (s) => s.setAside);
  counter(
    'connector_reconnects_total',
    'Times that the listening connection was lost',
    ({ reconnects }) => reconnects,
  );

  const seconds = new Histogram({
    name: 'connector_publish_seconds',
    help: 'Time from sending a batch to Ably’s answer',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers,
  });
  events.on('published', (published) => seconds.observe(published.seconds));

  return { contentType: registry.contentType, render: () => registry.metrics() };
}
