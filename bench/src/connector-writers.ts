import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { setStage, type Stage } from './connector/stage.ts';
import type { Effort, Figure } from './measurement.ts';
import { median } from './statistics.ts';

const PROCESSES = 2;

/** Single-row inserts by so many writers: with capture and a running connector, beside none of it. */
export function connectorWriters(writers: number) {
  return async ({ rounds, readingMs }: Effort): Promise<Figure[]> => {
    const stage = await setStage();
    try {
      const without: number[] = [];
      const captured: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        await stage.clean();
        await stage.capture(false);
        without.push(await write(stage, writers, readingMs));
        await stage.clean();
        await stage.capture(true);
        const connector = await stage.startConnector();
        captured.push(await write(stage, writers, readingMs));
        await connector.stop();
      }
      return [
        {
          what: `inserts by ${writers} writers, captured and published (floor: without trigger and connector)`,
          unit: 'rows/s',
          ours: median(captured),
          floor: median(without),
          goal: { atLeast: 0.65 },
        },
      ];
    } finally {
      await stage.close();
    }
  };
}

const Reading = v.object({ insertsPerSecond: v.number() });
const WRITER = fileURLToPath(new URL('connector/writer-process.ts', import.meta.url));

async function write({ url }: Stage, writers: number, ms: number): Promise<number> {
  const rates = Array.from({ length: PROCESSES }, async () => {
    const child = fork(WRITER, [url, String(writers / PROCESSES), String(ms)]);
    const [reading] = await once(child, 'message');
    await once(child, 'exit');
    return v.parse(Reading, reading).insertsPerSecond;
  });
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
}
