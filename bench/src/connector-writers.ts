import { setStage, type Stage } from './connector/stage.ts';
import { startWriters, type Writers } from './connector/writers.ts';
import type { Effort, Figure } from './measurement.ts';
import { median } from './statistics.ts';

/**
 * Single-row inserts by so many writers: with capture and a running connector, beside none of it. Then what takes how much of that: with
 * capture alone, and with a trigger that does the least which fills an outbox. Each reading has a floor of its own just before it: what
 * else the machine does changes from one minute to the next. While the floor of the first is read, the connector is there and has
 * nothing to do: it looks once a second.
 */
export function connectorWriters(writers: number) {
  return async (effort: Effort): Promise<Figure[]> => {
    await using opened = new AsyncDisposableStack();
    const stage = await setStage();
    opened.defer(() => stage.close());
    const inserts = await startWriters(stage.url, writers);
    opened.defer(() => inserts.close());
    const beside = async (what: 'rows' | 'constants', label: string) => ({
      what: `inserts by ${writers} writers, ${label} (floor: without trigger and connector)`,
      unit: 'rows/s',
      ...(await readBeside(what, stage, inserts, effort)),
    });

    const published = await whileConnected(stage, () => beside('rows', 'captured and published'));
    // As long as somebody is awake nobody nudges; so here we are, and publish nothing.
    await stage.database.query(`SELECT pg_advisory_lock(${AWAKE_LOCK})`);
    return [
      { ...published, goal: { atLeast: 0.65 } },
      await beside('rows', 'captured, published by nobody'),
      await beside('constants', 'with a trigger that puts constants into the outbox'),
    ];
  };
}

async function whileConnected<Result>(stage: Stage, work: () => Promise<Result>): Promise<Result> {
  const connector = await stage.startConnector();
  try {
    return await work();
  } finally {
    await connector.stop();
  }
}

/** See outbox_notify in sql/. */
const AWAKE_LOCK = '2022, 0';

/** New triggers make every session plan anew, and the first rounds compile the connector: neither is a cost of each write. In ms. */
const WARM_UP = 300;

async function readBeside(
  what: 'rows' | 'constants',
  stage: Stage,
  inserts: Writers,
  { rounds, readingMs }: Effort,
): Promise<{ ours: number; floor: number }> {
  const read = async (captured: Parameters<Stage['capture']>[0], ms: number) => {
    await stage.clean();
    await stage.capture(captured);
    await inserts.write(WARM_UP);
    return inserts.write(ms);
  };
  await read(what, 2 * readingMs);
  const readings = { ours: [] as number[], floor: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    readings.floor.push(await read('nothing', readingMs));
    readings.ours.push(await read(what, readingMs));
  }
  return { ours: median(readings.ours), floor: median(readings.floor) };
}
