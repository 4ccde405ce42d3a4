import { startConnectorFixture, type ConnectorFixture } from './connector/fixture.ts';
import { startWriters, type Writers } from './connector/writers.ts';
import type { Effort, Figure } from './measurement.ts';
import { median } from './statistics.ts';

/**
 * Measures single-row inserts by several writers: with capture and a running connector, with
 * capture alone, and with a minimal trigger that fills an outbox. The floor is the same without
 * trigger and connector, read just before each reading, because the load of the machine changes by
 * the minute. During the floor of the first figure the connector runs idle and polls once a second.
 */
export function connectorWriters(writers: number) {
  return async (effort: Effort): Promise<Figure[]> => {
    await using opened = new AsyncDisposableStack();
    const fixture = await startConnectorFixture();
    opened.defer(() => fixture.close());
    const inserts = await startWriters(fixture.url, writers);
    opened.defer(() => inserts.close());
    const beside = async (what: 'rows' | 'constants', label: string) => ({
      what: `inserts by ${writers} writers, ${label} (floor: without trigger and connector)`,
      unit: 'rows/s',
      ...(await readBeside(what, fixture, inserts, effort)),
    });

    const published = await whileConnected(fixture, () => beside('rows', 'captured and published'));
    // This lock marks a connector as awake, so that writers do not notify; none is running.
    await fixture.database.query(`select pg_advisory_lock(${AWAKE_LOCK})`);
    return [
      { ...published, goal: { atLeast: 0.65 } },
      await beside('rows', 'captured, not published'),
      await beside('constants', 'with a trigger that puts constants into the outbox'),
    ];
  };
}

async function whileConnected<Result>(
  fixture: ConnectorFixture,
  work: () => Promise<Result>,
): Promise<Result> {
  const connector = await fixture.startConnector();
  try {
    return await work();
  } finally {
    await connector.stop();
  }
}

/** See outbox_notify in sql/functions. */
const AWAKE_LOCK = '2022, 0';

/**
 * In ms. After a trigger changes, every session plans again, and Node compiles in the first rounds.
 */
const WARM_UP = 300;

async function readBeside(
  what: 'rows' | 'constants',
  fixture: ConnectorFixture,
  inserts: Writers,
  { rounds, readingMs }: Effort,
): Promise<{ ours: number; floor: number }> {
  const read = async (captured: Parameters<ConnectorFixture['capture']>[0], ms: number) => {
    await fixture.clean();
    await fixture.capture(captured);
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
