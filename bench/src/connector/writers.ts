import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

export interface Writers {
  /** All insert for so long. @returns rows/s of all together */
  write(ms: number): Promise<number>;
  close(): Promise<void>;
}

const PROCESSES = 2;
const PROGRAM = fileURLToPath(new URL('writer-process.ts', import.meta.url));
const Answer = v.object({ insertsPerSecond: v.number() });

/** @param count connections, an even number; shared out between two processes, since one would be the limit itself */
export async function startWriters(url: string, count: number): Promise<Writers> {
  const children = Array.from({ length: PROCESSES }, () => fork(PROGRAM, [url, String(count / PROCESSES)]));
  await Promise.all(children.map((child) => once(child, 'message')));
  return {
    async write(ms) {
      const rates = await Promise.all(children.map((child) => writeWith(child, ms)));
      return rates.reduce((sum, rate) => sum + rate, 0);
    },
    async close() {
      await Promise.all(
        children.map(async (child) => {
          child.disconnect();
          await once(child, 'exit');
        }),
      );
    },
  };
}

async function writeWith(child: ChildProcess, ms: number): Promise<number> {
  child.send({ ms });
  const [answer] = await once(child, 'message');
  return v.parse(Answer, answer).insertsPerSecond;
}
