import { Subscribers } from './fan-out/subscribers.ts';
import { connect, type Client } from './fan-out/client.ts';
import { KEY, now, publishFrame, type DialectName } from './fan-out/dialect.ts';
import { startServer, type ServerProcess } from './fan-out/server-process.ts';
import type { Effort, Figure, Measurement } from './measurement.ts';
import { median, quantile } from './statistics.ts';

interface FanOutOptions {
  subscribers: number;
  /** Messages in flight while the rate is measured. */
  window: number;
  /** Pace while delays are measured, well below the maximum of either server. */
  messagesPerSecond: number;
}

interface Reading {
  deliveriesPerSecond: number;
  p50: number;
  p99: number;
}

/**
 * A server, its subscribers and a publisher, which subscribes last and so receives each message
 * last.
 */
interface Fixture {
  server: ServerProcess;
  subscribers: Subscribers;
  publisher: Client;
  /** Number of its own messages that the publisher received back. */
  echoes(): number;
  published: number;
}

const BROKER = new URL(import.meta.resolve('@chat/broker/main'));
const BARE = new URL('fan-out/bare-server.ts', import.meta.url);

/**
 * Measures one publisher and many subscribers: the broker beside a bare `ws` server that forwards
 * the same frames. Each server has a process of its own, clients are raw WebSockets, and the two
 * servers are measured alternately.
 */
export function brokerFanOut(options: FanOutOptions): Measurement {
  return async (effort) => {
    const fixtures = [await setUp('bare', options), await setUp('broker', options)];
    const readings: Reading[][] = [[], []];
    try {
      const warmUp = { ...effort, readingMs: 500 };
      for (const fixture of fixtures) await read(fixture, options, warmUp);
      for (let round = 0; round < effort.rounds; round += 1) {
        for (const [index, fixture] of fixtures.entries()) {
          readings[index]?.push(await read(fixture, options, effort));
        }
      }
    } finally {
      await Promise.all(fixtures.map(tearDown));
    }
    const [bare = [], broker = []] = readings;
    return toFigures(options.subscribers, broker, bare);
  };
}

async function setUp(dialect: DialectName, { subscribers }: FanOutOptions): Promise<Fixture> {
  const server =
    dialect === 'broker' ? await startServer(BROKER, ['--json', '--key', KEY]) : await startServer(BARE);
  const subscribed = new Subscribers();
  await subscribed.connect(dialect, server.port, subscribers);
  let echoes = 0;
  const publisher = await connect(dialect, server.port, () => (echoes += 1));
  return { server, subscribers: subscribed, publisher, echoes: () => echoes, published: 0 };
}

async function tearDown({ server, subscribers, publisher }: Fixture): Promise<void> {
  publisher.close();
  await Promise.all([subscribers.end(), server.stop()]);
}

async function read(fixture: Fixture, options: FanOutOptions, effort: Effort): Promise<Reading> {
  const deliveriesPerSecond = await readRate(fixture, options, effort);
  const delays = await readDelays(fixture, options, effort);
  return { deliveriesPerSecond, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) };
}

/** Publishes as fast as the server delivers, with at most `window` messages in flight. */
async function readRate(fixture: Fixture, { subscribers, window }: FanOutOptions, { readingMs }: Effort) {
  const startedAt = now();
  const before = fixture.published;
  while (now() - startedAt < readingMs * 1e6) {
    while (fixture.published - fixture.echoes() < window) publish(fixture);
    await new Promise(setImmediate);
  }
  const messages = fixture.published - before;
  const { finishedAt } = await fixture.subscribers.haveReceived(messages);
  await untilQuiet(fixture);
  return (messages * subscribers) / ((finishedAt - startedAt) / 1e9);
}

/** Publishes at a steady pace and returns the delay of each delivery in ms. */
async function readDelays(fixture: Fixture, { messagesPerSecond }: FanOutOptions, { readingMs }: Effort) {
  const messages = Math.ceil((messagesPerSecond * readingMs) / 1_000);
  for (let n = 0; n < messages; n += 1) {
    publish(fixture);
    await new Promise((resolve) => setTimeout(resolve, 1_000 / messagesPerSecond));
  }
  const { delays } = await fixture.subscribers.haveReceived(messages);
  await untilQuiet(fixture);
  return delays;
}

function publish(fixture: Fixture): void {
  fixture.publisher.send(publishFrame(fixture.published));
  fixture.published += 1;
}

async function untilQuiet(fixture: Fixture): Promise<void> {
  while (fixture.echoes() < fixture.published) await new Promise(setImmediate);
}

function toFigures(subscribers: number, ours: Reading[], floor: Reading[]): Figure[] {
  const figure = (what: string, unit: string, key: keyof Reading, goal?: Figure['goal']): Figure => ({
    what: `broker, ${subscribers.toLocaleString('en')} subscribers: ${what}`,
    unit,
    ours: median(ours.map((reading) => reading[key])),
    floor: median(floor.map((reading) => reading[key])),
    ...(goal && { goal }),
  });
  return [
    figure('fan-out', 'deliveries/s', 'deliveriesPerSecond', { atLeast: 0.5 }),
    figure('publish → delivered, p50', 'ms', 'p50', { atMost: 2 }),
    figure('publish → delivered, p99', 'ms', 'p99'),
  ];
}
