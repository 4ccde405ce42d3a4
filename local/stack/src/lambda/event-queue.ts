import { Journal, type Promised } from '@chat/journal';
import type { Log } from '@chat/processes';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { writeDeadLetter } from '../dead-letters/write.ts';
import type { Pool } from './pool.ts';
import type { LambdaTiming } from './types.ts';

const EventSchema = v.object({ id: v.string(), functionName: v.string(), payload: v.string() });
type QueuedEvent = Promised<v.InferOutput<typeof EventSchema>>;

export interface EventQueueOptions {
  pools: ReadonlyMap<string, Pool>;
  /** File of the accepted events: each outlives this process. */
  journal: string;
  deadLetters: string;
  timing: LambdaTiming;
  log: Log;
}

/** Lambda's asynchronous invocation: accepted at once, tried up to three times, then a dead letter. */
export interface EventQueue {
  /**
   * Answers once the event is safe in the journal; the work follows.
   * @returns the request id
   * @throws Error when there is no such function, or the queue is closed
   */
  accept(functionName: string, payload: string): string;
  /** Lets running tries end for up to `graceMs`. What is not done then is done after the next start. */
  close(graceMs: number): Promise<void>;
}

/** Opens the queue and takes up what an earlier process had accepted and not finished. */
export function openEventQueue({
  pools,
  deadLetters,
  timing,
  log,
  ...options
}: EventQueueOptions): EventQueue {
  const running = new Set<Promise<void>>();
  const closing = new AbortController();
  const journal = new Journal({
    path: options.journal,
    entry: EventSchema,
    onTornLine: () =>
      log('lambda', `passed over a torn line of ${options.journal}: it was never acknowledged`),
  });

  async function process(event: QueuedEvent, pool: Pool): Promise<void> {
    const tries = timing.retryDelaysMs.length + 1;
    for (let attempt = 1; !closing.signal.aborted; attempt += 1) {
      const outcome = await pool.invoke(event.payload);
      if (outcome.ok) return journal.fulfil(event.n);
      if (closing.signal.aborted) return; // ended by our own stopping, perhaps; not the function's fault
      log(`lambda ${event.functionName}`, `try ${attempt} of ${tries} failed: ${outcome.payload}`);
      if (attempt === tries) return bury(event, attempt, outcome.payload);
      const wait = timing.retryDelaysMs[attempt - 1];
      await delay(wait, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  async function bury({ n, id, functionName, payload }: QueuedEvent, invokeCount: number, answer: string) {
    const file = await writeDeadLetter(deadLetters, {
      requestId: id,
      functionName,
      invokeCount,
      requestPayload: JSON.parse(payload),
      responsePayload: JSON.parse(answer),
    });
    journal.fulfil(n);
    log(`lambda ${functionName}`, `gave up on event ${id}: ${file}`);
  }

  function begin(event: QueuedEvent, pool: Pool): void {
    const work = process(event, pool).catch((error: unknown) => {
      log(`lambda ${event.functionName}`, `event ${event.id} waits for the next start: ${String(error)}`);
    });
    running.add(work);
    void work.finally(() => running.delete(work));
  }

  for (const event of journal.unfinished()) {
    const pool = pools.get(event.functionName);
    if (pool) begin(event, pool);
    else log('lambda', `event ${event.id} waits for a function "${event.functionName}" that is not there`);
  }

  return {
    accept(functionName, payload) {
      const pool = pools.get(functionName);
      if (!pool || closing.signal.aborted) throw new Error(`Function "${functionName}" takes no events now`);
      const event = { id: randomUUID(), functionName, payload };
      begin({ n: journal.promise(event), ...event }, pool);
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
      journal.close();
    },
  };
}
