import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { now } from './clock.ts';
import { COLUMNS, INSERT, ROW } from './connector/insert.ts';
import { startConnectorFixture, type ConnectorFixture } from './connector/fixture.ts';
import type { Effort, Figure } from './measurement.ts';
import { median } from './statistics.ts';

interface Probe {
  /** INSERT sent → NOTIFY received in another process. */
  notified: number;
  /** HTTP request sent → response received. */
  requested: number;
  /** INSERT acknowledged → publish received. */
  afterCommit: number;
  /** INSERT sent → publish received. */
  afterInsert: number;
}

/**
 * Measures the delay from commit to publish, one row at a time with the connector idle in between,
 * beside the minimum of such a path: a NOTIFY and an HTTP request.
 */
export async function connectorLatency({ rounds, readingMs }: Effort): Promise<Figure[]> {
  const fixture = await startConnectorFixture();
  try {
    const other = await listenInAnotherProcess(fixture);
    const connector = await fixture.startConnector();
    const agent = new Agent({ keepAlive: true });
    const probes: Probe[] = [];
    for (let n = 0; n < 20; n += 1) await probe(fixture, other, agent); // warms up
    const endAt = now() + rounds * readingMs;
    while (now() < endAt) probes.push(await probe(fixture, other, agent));
    agent.destroy();
    await connector.stop();
    other.kill();
    return toFigures(probes);
  } finally {
    await fixture.close();
  }
}

/** Creates a table of the same columns whose only trigger is a NOTIFY, with a listening process. */
async function listenInAnotherProcess({ database, url }: ConnectorFixture): Promise<ChildProcess> {
  await database.query(`
    create table floor as table chat_data with no data;
    create function floor_notify() returns trigger language plpgsql as $$ begin
      perform pg_notify('floor', ''); return null; end $$;
    create trigger floor_notify after insert on floor for each statement execute function floor_notify()`);
  const child = fork(fileURLToPath(new URL('connector/notified-process.ts', import.meta.url)), [
    url,
    'floor',
  ]);
  await once(child, 'message');
  return child;
}

const Notified = v.object({ notifiedAt: v.number() });
const FLOOR_INSERT = `insert into floor (${COLUMNS}) values (${ROW})`;

async function probe(
  { database, ably }: ConnectorFixture,
  other: ChildProcess,
  agent: Agent,
): Promise<Probe> {
  const notification = once(other, 'message');
  const floorAt = now();
  await database.query({ name: 'floor', text: FLOOR_INSERT });
  const [message] = await notification;
  const notified = v.parse(Notified, message).notifiedAt - floorAt;
  await delay(5);

  const requestedAt = now();
  await post(ably.port, agent);
  const requested = now() - requestedAt;
  await delay(5);

  const publish = ably.nextPublish();
  const insertedAt = now();
  await database.query({ name: 'ours', text: INSERT });
  const committedAt = now();
  const publishedAt = await publish;
  await delay(15); // long enough for the connector to settle and sleep
  return {
    notified,
    requested,
    afterCommit: publishedAt - committedAt,
    afterInsert: publishedAt - insertedAt,
  };
}

async function post(port: number, agent: Agent): Promise<void> {
  const options = {
    host: '127.0.0.1',
    port,
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  };
  const posting = request(options).end(JSON.stringify({ name: 'floor', data: 'x'.repeat(300) }));
  const [response] = await once(posting, 'response');
  response.resume();
  await once(response, 'end');
}

function toFigures(probes: readonly Probe[]): Figure[] {
  const middle = (key: keyof Probe) => median(probes.map((each) => each[key]));
  const floor = middle('notified') + middle('requested');
  const least = 'floor: INSERT → NOTIFY in another process, and one HTTP request';
  return [
    {
      what: `connector, commit → publish received (${least})`,
      unit: 'ms',
      ours: middle('afterCommit'),
      floor,
      goal: { atMost: 1.5 },
    },
    {
      what: `connector, INSERT sent → publish received (${least})`,
      unit: 'ms',
      ours: middle('afterInsert'),
      floor,
    },
  ];
}
