import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startLambdaFixture } from './lambda/fixture.ts';
import { BATCH, type WarmReading } from './lambda/warm-process.ts';
import type { Effort, Figure } from './measurement.ts';
import { median } from './statistics.ts';

const PROCESS = fileURLToPath(new URL('lambda/warm-process.ts', import.meta.url));

/** The required rate for events of 100 messages, in rows/s. */
const REQUIRED_RATE = 10_000;

/**
 * Measures a warm chat-writer: an event of one message beside one prepared insert, and events of
 * 100 beside inserts of 100 rows.
 */
export async function lambdaWarm(effort: Effort): Promise<Figure[]> {
  const fixture = await startLambdaFixture();
  try {
    return toFigures(await read(fixture.bundle, fixture.env, effort));
  } finally {
    await fixture.close();
  }
}

async function read(bundle: string, env: Record<string, string>, { rounds, readingMs }: Effort) {
  const readings: WarmReading[] = [];
  const child = fork(PROCESS, [bundle, String(readingMs), String(rounds)], {
    env: { ...process.env, ...env },
    // As on Lambda, the log goes through a pipe that is read.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  child.stdout?.resume();
  child.on('message', (reading) => readings.push(reading as WarmReading));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The warm instance ended with code ${code}`);
  return readings;
}

function toFigures(readings: WarmReading[]): Figure[] {
  const middle = (key: keyof WarmReading) => median(readings.map((reading) => reading[key]));
  const rate = (ms: number) => (BATCH * 1_000) / ms;
  const events = `chat-writer, events of ${BATCH}`;
  return [
    {
      what: 'chat-writer, warm: an event of one message (floor: one prepared INSERT)',
      unit: 'ms',
      ours: middle('invocation'),
      floor: middle('insert'),
      goal: { atMost: 1.3 },
    },
    {
      what: `${events} (floor: an INSERT of ${BATCH} rows)`,
      unit: 'rows/s',
      ours: rate(middle('batch')),
      floor: rate(middle('batchInsert')),
    },
    {
      what: `${events} (floor: the required rate)`,
      unit: 'rows/s',
      ours: rate(middle('batch')),
      floor: REQUIRED_RATE,
      goal: { atLeast: 1 },
    },
  ];
}
