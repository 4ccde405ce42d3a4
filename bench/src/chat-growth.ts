import { fillTable } from './chat/fill-table.ts';
import { openRoom, type Room } from './chat/room.ts';
import { startOurs, type ChatSystem } from './chat/system.ts';
import type { Effort, Figure, Measurement } from './measurement.ts';
import { median } from './statistics.ts';

interface ChatGrowthOptions {
  /** Ascending, like `rows`. */
  readers: readonly number[];
  rows: readonly number[];
  /** Number of readers while the table grows. */
  readersOfRows: number;
}

/** Slow enough for a thousand readers. */
const PER_SECOND = 10;

/**
 * Measures publish → seen by all in the whole local stack as readers and rows grow. The floor of a
 * series is its smallest value.
 */
export function chatGrowth({ readers, rows, readersOfRows }: ChatGrowthOptions): Measurement {
  return async (effort) => {
    const system = await startOurs();
    try {
      const delays: [what: string, ms: number][][] = [[], []];
      for (const count of readers) {
        const ms = await inRoom(system, count, effort, (room) => readDelay(room, effort));
        delays[0]?.push([`${count.toLocaleString('en')} reading`, ms]);
      }
      await inRoom(system, readersOfRows, effort, async (room) => {
        for (const count of rows) {
          await fillTable(system.database, count);
          delays[1]?.push([`${count.toLocaleString('en')} rows`, await readDelay(room, effort)]);
        }
      });
      return delays.flatMap(toFigures);
    } finally {
      await system.stop();
    }
  };
}

async function inRoom<T>(
  { address }: ChatSystem,
  readers: number,
  { readingMs }: Effort,
  use: (room: Room) => Promise<T>,
): Promise<T> {
  const room = await openRoom(address, readers);
  try {
    await room.read({ perSecond: 50, ms: readingMs }); // warms up
    return await use(room);
  } finally {
    await room.close();
  }
}

async function readDelay(room: Room, { rounds, readingMs }: Effort): Promise<number> {
  const { delays } = await room.read({ perSecond: PER_SECOND, ms: rounds * readingMs });
  return median(delays);
}

function toFigures(series: readonly [what: string, ms: number][]): Figure[] {
  const [smallest] = series;
  return series.map(([what, ms]) => ({
    what: `chat with ${what}: publish → seen by all, p50${smallest ? ` (floor: with ${smallest[0]})` : ''}`,
    unit: 'ms',
    ours: ms,
    ...(smallest && { floor: smallest[1] }),
  }));
}
