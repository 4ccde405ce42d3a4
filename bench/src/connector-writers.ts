import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { setStage, type Stage } from './connector/stage.ts';
import type { Effort, Figure } from './measurement.ts';
import { median } from './statistics.ts';

const PROCESSES = 2;

/**
 * Single-row inserts by so many writers: with capture and a running connector, beside none of it. Then what takes how much of that: with
 * capture alone, and with a trigger that does the least which fills an outbox.
 */
export function connectorWriters(writers: number) {
  return async ({ rounds, readingMs }: Effort): Promise<Figure[]> => {
    const stage = await setStage();
    const read = async (what: Parameters<Stage['capture']>[0]) => {
      await stage.clean();
      await stage.capture(what);
      return write(stage, writers, readingMs);
    };
    const readings = { nothing: [], constants: [], captured: [], published: [] } as Record<Reading, number[]>;
    try {
      for (let round = 0; round < rounds; round += 1) {
        readings.nothing.push(await read('nothing'));
        const connector = await stage.startConnector();
        await read('rows'); // a connector runs for weeks: the compilation of its code is no cost of a write
        readings.published.push(await read('rows'));
        await connector.stop();
        // As long as somebody is awake nobody nudges; so here we are, and publish nothing.
        await stage.database.query(`SELECT pg_advisory_lock(${AWAKE_LOCK})`);
        readings.captured.push(await read('rows'));
        readings.constants.push(await read('constants'));
        await stage.database.query(`SELECT pg_advisory_unlock(${AWAKE_LOCK})`);
      }
    } finally {
      await stage.close();
    }
    const beside = (reading: Reading, what: string) => ({
      what: `inserts by ${writers} writers, ${what} (floor: without trigger and connector)`,
      unit: 'rows/s',
      ours: median(readings[reading]),
      floor: median(readings.nothing),
    });
    return [
      { ...beside('published', 'captured and published'), goal: { atLeast: 0.65 } },
      beside('captured', 'captured, published by nobody'),
      beside('constants', 'with a trigger that puts constants into the outbox'),
    ];
  };
}

type Reading = 'nothing' | 'constants' | 'captured' | 'published';

/** See outbox_notify in sql/. */
const AWAKE_LOCK = '2022, 0';

const Answer = v.object({ insertsPerSecond: v.number() });
const WRITER = fileURLToPath(new URL('connector/writer-process.ts', import.meta.url));

async function write({ url }: Stage, writers: number, ms: number): Promise<number> {
  const rates = Array.from({ length: PROCESSES }, async () => {
    const child = fork(WRITER, [url, String(writers / PROCESSES), String(ms)]);
    const [reading] = await once(child, 'message');
    await once(child, 'exit');
    return v.parse(Answer, reading).insertsPerSecond;
  });
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
}
