import { setTimeout as delay } from 'node:timers/promises';
import { now } from './clock.ts';
import { COLUMNS, ROW } from './connector/insert.ts';
import { startConnectorFixture, type ConnectorFixture } from './connector/fixture.ts';
import type { Effort, Figure } from './measurement.ts';
import { median } from './statistics.ts';

const ROWS = 50_000;
const ROWS_PER_INSERT = 1_000;

/** The required rate of draining an outbox, in rows/s. */
const REQUIRED_RATE = 20_000;

/**
 * Measures a connector that starts on a full outbox of one channel, beside the inserts of 1,000
 * captured rows each that filled it.
 */
export async function connectorBacklog({ rounds }: Effort): Promise<Figure[]> {
  const fixture = await startConnectorFixture();
  try {
    const inserted: number[] = [];
    const drained: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await fixture.clean();
      inserted.push(await fill(fixture));
      drained.push(await drain(fixture));
    }
    const ours = median(drained);
    return [
      {
        what: 'connector, from a backlog (floor: INSERTs of 1,000 captured rows)',
        unit: 'rows/s',
        ours,
        floor: median(inserted),
      },
      {
        what: 'connector, from a backlog (floor: the required rate)',
        unit: 'rows/s',
        ours,
        floor: REQUIRED_RATE,
        goal: { atLeast: 1 },
      },
    ];
  } finally {
    await fixture.close();
  }
}

async function fill({ database }: ConnectorFixture): Promise<number> {
  const startedAt = now();
  for (let rows = 0; rows < ROWS; rows += ROWS_PER_INSERT) {
    await database.query(
      `insert into chat_data (${COLUMNS}) select ${ROW} from generate_series(1, ${ROWS_PER_INSERT})`,
    );
  }
  return (ROWS * 1_000) / (now() - startedAt);
}

/** Returns rows/s from the connector's readiness to the arrival of the last row. */
async function drain({ ably, startConnector }: ConnectorFixture): Promise<number> {
  const target = ably.messages() + ROWS;
  const connector = await startConnector();
  const startedAt = now();
  while (ably.messages() < target) await delay(5);
  const rate = (ROWS * 1_000) / (now() - startedAt);
  await connector.stop();
  return rate;
}
