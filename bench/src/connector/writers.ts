import * as v from 'valibot';
import { startChild } from '../child.ts';

export interface Writers {
  /**
   * Lets all writers insert for `ms`.
   * @returns rows/s of all writers together
   * @throws Error when a writer process has exited
   */
  write(ms: number): Promise<number>;
  close(): Promise<void>;
}

const PROCESSES = 2;
const PROGRAM = new URL('writer-process.ts', import.meta.url);
const Ready = v.object({ ready: v.literal(true) });
const Answer = v.object({ insertsPerSecond: v.number() });

/**
 * @param count number of connections, even: split between two processes, since one would be the
 *   bottleneck
 */
export async function startWriters(url: string, count: number): Promise<Writers> {
  const starting = Array.from({ length: PROCESSES }, () =>
    startChild(PROGRAM, [url, String(count / PROCESSES)], Ready),
  );
  const children = (await Promise.all(starting)).map(({ child }) => child);
  return {
    async write(ms) {
      const answers = await Promise.all(children.map((child) => child.request({ ms }, Answer)));
      return answers.reduce((sum, { insertsPerSecond }) => sum + insertsPerSecond, 0);
    },
    async close() {
      await Promise.all(children.map((child) => child.end()));
    },
  };
}
