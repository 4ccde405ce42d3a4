import { setTimeout as delay } from 'node:timers/promises';
import { now } from './clock.ts';
import { COLUMNS, ROW } from './connector/insert.ts';
import { setStage, type Stage } from './connector/stage.ts';
import type { Effort, Figure } from './measurement.ts';
import { median } from './statistics.ts';

const ROWS = 50_000;
const ROWS_PER_INSERT = 1_000;

/** What an outbox must at least be drained at, rows per second. */
const REQUIRED_RATE = 20_000;

/** A connector that starts on a full outbox, one channel, beside the INSERTs of 1,000 captured rows each that filled it. */
export async function connectorBacklog({ rounds }: Effort): Promise<Figure[]> {
  const stage = await setStage();
  try {
    const inserted: number[] = [];
    const drained: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await stage.clean();
      inserted.push(await fill(stage));
      drained.push(await drain(stage));
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
        what: 'connector, from a backlog (floor: what is required)',
        unit: 'rows/s',
        ours,
        floor: REQUIRED_RATE,
        goal: { atLeast: 1 },
      },
    ];
  } finally {
    await stage.close();
  }
}

async function fill({ database }: Stage): Promise<number> {
  const startedAt = now();
  for (let rows = 0; rows < ROWS; rows += ROWS_PER_INSERT) {
    await database.query(
      `INSERT INTO chat_data (${COLUMNS}) SELECT ${ROW} FROM generate_series(1, ${ROWS_PER_INSERT})`,
    );
  }
  return (ROWS * 1_000) / (now() - startedAt);
}

/** From the moment at which the connector is ready until the last row has arrived. */
async function drain({ ably, startConnector }: Stage): Promise<number> {
  const target = ably.messages() + ROWS;
  const connector = await startConnector();
  const startedAt = now();
  while (ably.messages() < target) await delay(5);
  const rate = (ROWS * 1_000) / (now() - startedAt);
  await connector.stop();
  return rate;
}
