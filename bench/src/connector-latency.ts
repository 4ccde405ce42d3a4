import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { now } from './clock.ts';
import { COLUMNS, INSERT, ROW } from './connector/insert.ts';
import { setStage, type Stage } from './connector/stage.ts';
import type { Effort, Figure } from './measurement.ts';
import { median } from './statistics.ts';

interface Probe {
  /** INSERT sent → NOTIFY received in another process. */
  notified: number;
  /** One HTTP request, answered. */
  requested: number;
  /** INSERT acknowledged → publish received. */
  afterCommit: number;
  /** INSERT sent → publish received. */
  afterInsert: number;
}

/** One row at a time, at rest in between: how long until Ably has it, beside the least that such a way takes. */
export async function connectorLatency({ rounds, readingMs }: Effort): Promise<Figure[]> {
  const stage = await setStage();
  try {
    const other = await listenInAnotherProcess(stage);
    const connector = await stage.startConnector();
    const agent = new Agent({ keepAlive: true });
    const probes: Probe[] = [];
    for (let n = 0; n < 20; n += 1) await probe(stage, other, agent); // warms up
    const endAt = now() + rounds * readingMs;
    while (now() < endAt) probes.push(await probe(stage, other, agent));
    agent.destroy();
    await connector.stop();
    other.kill();
    return toFigures(probes);
  } finally {
    await stage.close();
  }
}

/** A table of the same form, with nothing but a NOTIFY on it. */
async function listenInAnotherProcess({ database, url }: Stage): Promise<ChildProcess> {
  await database.query(`
    CREATE TABLE floor AS TABLE chat_data WITH NO DATA;
    CREATE FUNCTION floor_notify() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM pg_notify('floor', ''); RETURN NULL; END $$;
    CREATE TRIGGER floor_notify AFTER INSERT ON floor FOR EACH STATEMENT EXECUTE FUNCTION floor_notify()`);
  const child = fork(fileURLToPath(new URL('connector/notified-process.ts', import.meta.url)), [
    url,
    'floor',
  ]);
  await once(child, 'message');
  return child;
}

const Notified = v.object({ notifiedAt: v.number() });
const FLOOR_INSERT = `INSERT INTO floor (${COLUMNS}) VALUES (${ROW})`;

async function probe({ database, ably }: Stage, other: ChildProcess, agent: Agent): Promise<Probe> {
  const notification = once(other, 'message');
  const floorAt = now();
  await database.query({ name: 'floor', text: FLOOR_INSERT });
  const [told] = await notification;
  const notified = v.parse(Notified, told).notifiedAt - floorAt;
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
  await delay(15); // until the connector has settled, and sleeps
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
