import { Audience } from './fan-out/audience.ts';
import { connect, type Client } from './fan-out/client.ts';
import { KEY, now, publishFrame, type DialectName } from './fan-out/dialect.ts';
import { startServer, type ServerProcess } from './fan-out/server-process.ts';
import type { Effort, Figure, Measurement } from './measurement.ts';
import { median, quantile } from './statistics.ts';

interface FanOutOptions {
  subscribers: number;
  /** Messages on their way at once while the rate is measured. */
  window: number;
  /** While delays are measured: well below the most that either server can do. */
  messagesPerSecond: number;
}

interface Reading {
  deliveriesPerSecond: number;
  p50: number;
  p99: number;
}

/** One server with its audience and a publisher, who subscribes last and so gets its own messages last. */
interface Stage {
  server: ServerProcess;
  audience: Audience;
  publisher: Client;
  /** How many of its own messages have come back. */
  echoes(): number;
  published: number;
}

const BROKER = new URL(import.meta.resolve('@chat/broker/main'));
const BARE = new URL('fan-out/bare-server.ts', import.meta.url);

/**
 * One publisher, many subscribers: the broker beside a bare `ws` server that passes on the same frames. Each server is alone
 * in its process, clients are raw WebSockets on both sides, and the two take turns.
 */
export function brokerFanOut(options: FanOutOptions): Measurement {
  return async (effort) => {
    const stages = [await setUp('bare', options), await setUp('broker', options)];
    const readings: Reading[][] = [[], []];
    try {
      for (const stage of stages) await read(stage, options, { ...effort, readingMs: 500 }); // warms up
      for (let round = 0; round < effort.rounds; round += 1) {
        for (const [index, stage] of stages.entries()) {
          readings[index]?.push(await read(stage, options, effort));
        }
      }
    } finally {
      await Promise.all(stages.map(tearDown));
    }
    const [bare = [], broker = []] = readings;
    return toFigures(options.subscribers, broker, bare);
  };
}

async function setUp(dialect: DialectName, { subscribers }: FanOutOptions): Promise<Stage> {
  const server =
    dialect === 'broker' ? await startServer(BROKER, ['--json', '--key', KEY]) : await startServer(BARE);
  const audience = new Audience();
  await audience.connect(dialect, server.port, subscribers);
  let echoes = 0;
  const publisher = await connect(dialect, server.port, () => (echoes += 1));
  return { server, audience, publisher, echoes: () => echoes, published: 0 };
}

async function tearDown({ server, audience, publisher }: Stage): Promise<void> {
  publisher.close();
  await Promise.all([audience.leave(), server.stop()]);
}

async function read(stage: Stage, options: FanOutOptions, effort: Effort): Promise<Reading> {
  const deliveriesPerSecond = await readRate(stage, options, effort);
  const delays = await readDelays(stage, options, effort);
  return { deliveriesPerSecond, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) };
}

/** Publishes as fast as the server passes on, with a few messages on their way at any time. */
async function readRate(stage: Stage, { subscribers, window }: FanOutOptions, { readingMs }: Effort) {
  const startedAt = now();
  const before = stage.published;
  while (now() - startedAt < readingMs * 1e6) {
    while (stage.published - stage.echoes() < window) publish(stage);
    await new Promise(setImmediate);
  }
  const messages = stage.published - before;
  const { finishedAt } = await stage.audience.haveReceived(messages);
  await untilQuiet(stage);
  return (messages * subscribers) / ((finishedAt - startedAt) / 1e9);
}

/** Publishes at a steady pace and keeps how long each delivery took, in ms. */
async function readDelays(stage: Stage, { messagesPerSecond }: FanOutOptions, { readingMs }: Effort) {
  const messages = Math.ceil((messagesPerSecond * readingMs) / 1_000);
  for (let n = 0; n < messages; n += 1) {
    publish(stage);
    await new Promise((resolve) => setTimeout(resolve, 1_000 / messagesPerSecond));
  }
  const { delays } = await stage.audience.haveReceived(messages);
  await untilQuiet(stage);
  return delays;
}

function publish(stage: Stage): void {
  stage.publisher.send(publishFrame(stage.published));
  stage.published += 1;
}

async function untilQuiet(stage: Stage): Promise<void> {
  while (stage.echoes() < stage.published) await new Promise(setImmediate);
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
