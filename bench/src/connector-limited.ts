import { Realtime } from 'ably';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { planNamed, startBroker } from '@chat/broker';
import { startPostgres } from '@chat/postgres';
import { migrate } from '@chat/sql';
import { now } from './clock.ts';
import { startConnector } from './connector/fixture.ts';
import { startRecordingProxy } from './connector/recording-proxy.ts';
import type { Figure, Measurement } from './measurement.ts';
import { quantile } from './statistics.ts';

const KEY = 'app.key:secret';

/** How long the last messages may take after the observation, ms; a missing one counts as endless. */
const MOST_DELAY = 20_000;

/** How often a person writes a message meanwhile, ms. */
const PAUSE = 1_000;

interface Parameters {
  rows: number;
  readers: number;
  /** The drain is observed for so long, and its rate extrapolated, ms. */
  observedMs: number;
}

/**
 * Measures a bulk UPDATE under the plan `free`: how fast the outbox drains, and how long a message
 * written meanwhile takes from its commit until the broker accepts it.
 */
export function connectorLimited({ rows, readers, observedMs }: Parameters): Measurement {
  return async () => {
    await using opened = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), 'bench-connector-'));
    opened.defer(() => rm(dataDir, { recursive: true, force: true }));
    await chmod(dataDir, 0o711); // started by root, the server runs as another user
    const postgres = await startPostgres({ dataDir });
    opened.defer(() => postgres.close());
    await migrate(postgres.url);
    const database = new pg.Client(postgres.url);
    await database.connect();
    opened.defer(() => database.end());
    await database.query(
      `insert into chat_data (msg_id, msg_data) select 'm' || i, 'text ' || i from generate_series(1, $1::int) as i`,
      [rows],
    );
    const broker = await startBroker({ keys: [KEY], plan: 'free' });
    opened.defer(() => broker.close());
    for (let reader = 0; reader < readers; reader += 1) {
      const client = new Realtime({
        key: KEY,
        endpoint: '127.0.0.1',
        port: broker.port,
        tls: false,
        logLevel: 0,
      });
      opened.defer(() => client.close());
      await client.channels.get('incoming-chat').subscribe(() => undefined);
    }
    const proxy = await startRecordingProxy(broker.port);
    opened.defer(() => proxy.close());
    const connector = await startConnector(postgres.url, proxy.port);
    opened.defer(() => connector.stop());

    await database.query(`update chat_data set msg_data = 'edited'`);
    const startedAt = now();
    const written: { text: string; at: number }[] = [];
    while (now() - startedAt < observedMs) {
      const text = `live-${written.length}`;
      await database.query('insert into chat_data (msg_id, msg_data) values ($1, $1)', [text]);
      written.push({ text, at: now() });
      await delay(PAUSE);
    }
    const rate = (proxy.accepted * 1_000) / (now() - startedAt);
    const isMissing = () => written.some(({ text }) => !proxy.acceptedAt.has(text));
    for (let waited = 0; waited < MOST_DELAY && isMissing(); waited += 100) await delay(100);
    const delays = written.map(({ text, at }) => (proxy.acceptedAt.get(text) ?? Infinity) - at);
    return toFigures({ rows, readers }, rate, delays, proxy.rejectedPublishes / proxy.publishes);
  };
}

function toFigures(
  { rows, readers }: { rows: number; readers: number },
  rate: number,
  delays: readonly number[],
  rejected: number,
): Figure[] {
  const of = `UPDATE of ${rows.toLocaleString('en')} rows, plan free, ${readers} readers`;
  const best = planNamed('free').accountMessages / (1 + readers);
  return [
    { what: `${of} (floor: the plan)`, unit: 'rows/s', ours: rate, floor: best, goal: { atLeast: 0.75 } },
    { what: `${of}: drained after`, unit: 's', ours: rows / rate },
    { what: `${of}: message meanwhile, p50`, unit: 'ms', ours: quantile(delays, 0.5) },
    { what: `${of}: message meanwhile, p99`, unit: 'ms', ours: quantile(delays, 0.99) },
    { what: `${of}: message meanwhile, longest`, unit: 'ms', ours: Math.max(...delays) },
    { what: `${of}: publishes rejected`, unit: '%', ours: 100 * rejected },
  ];
}
