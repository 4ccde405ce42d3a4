import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import type { Log } from '../log.ts';
import { writeDeadLetter } from './dead-letter.ts';
import type { Pool } from './pool.ts';
import type { LambdaTiming } from './types.ts';

const EventSchema = v.object({ id: v.string(), functionName: v.string(), payload: v.string() });
type QueuedEvent = v.InferOutput<typeof EventSchema>;

export interface EventQueueOptions {
  pools: ReadonlyMap<string, Pool>;
  /** Where accepted events wait, one file each: once accepted, an event outlives this process. */
  folder: string;
  deadLetters: string;
  timing: LambdaTiming;
  log: Log;
}

/** Lambda's asynchronous invocation: accepted at once, tried up to three times, then a dead letter. */
export interface EventQueue {
  /** Resolves once the event is safe on disk; the work follows. @returns the request id */
  accept(functionName: string, payload: string): Promise<string>;
  /** Lets running tries end for up to `graceMs`. What is not done then is done after the next start. */
  close(graceMs: number): Promise<void>;
}

/** Opens the queue and takes up what an earlier process had accepted and not finished. */
export async function openEventQueue(options: EventQueueOptions): Promise<EventQueue> {
  const { pools, folder, deadLetters, timing, log } = options;
  const running = new Set<Promise<void>>();
  const closing = new AbortController();
  const fileOf = ({ id }: QueuedEvent) => join(folder, `${id}.json`);

  async function process(event: QueuedEvent, pool: Pool): Promise<void> {
    const tries = timing.retryDelaysMs.length + 1;
    for (let attempt = 1; !closing.signal.aborted; attempt += 1) {
      const outcome = await pool.invoke(event.payload);
      if (outcome.ok) return rm(fileOf(event));
      if (closing.signal.aborted) return; // ended by our own stopping, perhaps; not the function's fault
      log(`lambda ${event.functionName}`, `try ${attempt} of ${tries} failed: ${outcome.payload}`);
      if (attempt === tries) return bury(event, attempt, outcome.payload);
      const wait = timing.retryDelaysMs[attempt - 1];
      await delay(wait, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  async function bury({ id, functionName, payload }: QueuedEvent, invokeCount: number, answer: string) {
    const file = await writeDeadLetter(deadLetters, {
      requestId: id,
      functionName,
      invokeCount,
      requestPayload: JSON.parse(payload),
      responsePayload: JSON.parse(answer),
    });
    await rm(join(folder, `${id}.json`));
    log(`lambda ${functionName}`, `gave up on event ${id}: ${file}`);
  }

  function begin(event: QueuedEvent, pool: Pool): void {
    const work = process(event, pool).catch((error: unknown) => {
      log(`lambda ${event.functionName}`, `event ${event.id} waits for the next start: ${String(error)}`);
    });
    running.add(work);
    void work.finally(() => running.delete(work));
  }

  async function takeUpUnfinished(): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of (await readdir(folder)).filter((entry) => entry.endsWith('.json'))) {
      const event = v.parse(EventSchema, JSON.parse(await readFile(join(folder, name), 'utf8')));
      const pool = pools.get(event.functionName);
      if (pool) begin(event, pool);
      else log('lambda', `event ${event.id} waits for a function "${event.functionName}" that is not there`);
    }
  }

  await takeUpUnfinished();
  return {
    async accept(functionName, payload) {
      const pool = pools.get(functionName);
      if (!pool || closing.signal.aborted) throw new Error(`Function "${functionName}" takes no events now`);
      const event = { id: randomUUID(), functionName, payload };
      await writeFile(`${fileOf(event)}.new`, JSON.stringify(event), { mode: 0o600 });
      await rename(`${fileOf(event)}.new`, fileOf(event));
      begin(event, pool);
      return event.id;
    },
    async close(graceMs) {
      closing.abort();
      const patience = new AbortController();
      await Promise.race([
        Promise.all(running),
        delay(graceMs, undefined, { signal: patience.signal }).catch(() => undefined),
      ]);
      patience.abort();
    },
  };
}
