import { Journal, type Numbered } from '@chat/journal';
import type { Log } from '@chat/processes';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { writeDeadLetter } from '../dead-letters/write.ts';
import type { Pool } from './pool.ts';
import type { LambdaTiming } from './types.ts';

const EventSchema = v.object({ id: v.string(), functionName: v.string(), payload: v.string() });
type QueuedEvent = Numbered<v.InferOutput<typeof EventSchema>>;

export interface EventQueueOptions {
  pools: ReadonlyMap<string, Pool>;
  /** File of the accepted events, which survive the end of this process. */
  journal: string;
  deadLetters: string;
  timing: LambdaTiming;
  log: Log;
}

/**
 * Lambda's asynchronous invocation: accepts an event at once, tries it up to three times, then
 * writes a dead letter.
 */
export interface EventQueue {
  /**
   * Writes the event to the journal, starts its processing and returns the request id.
   * @throws Error when the function does not exist, or the queue is closed
   */
  accept(functionName: string, payload: string): string;
  /**
   * Waits up to `graceMs` for running attempts. The next start continues with unfinished events.
   */
  close(graceMs: number): Promise<void>;
}

/** Opens the queue and continues with the unfinished events of an earlier process. */
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
    onTruncatedLine: () =>
      log('lambda', `ignored a truncated line of ${options.journal}: it was never acknowledged`),
  });

  async function process(event: QueuedEvent, pool: Pool): Promise<void> {
    const attempts = timing.retryDelaysMs.length + 1;
    for (let attempt = 1; !closing.signal.aborted; attempt += 1) {
      const outcome = await pool.invoke(event.payload);
      if (outcome.ok) return journal.finish(event.n);
      if (closing.signal.aborted) return; // the stop may have ended the function
      log(`lambda ${event.functionName}`, `attempt ${attempt} of ${attempts} failed: ${outcome.payload}`);
      if (attempt === attempts) return writeLetter(event, attempt, outcome.payload);
      const wait = timing.retryDelaysMs[attempt - 1];
      await delay(wait, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  async function writeLetter(
    { n, id, functionName, payload }: QueuedEvent,
    invokeCount: number,
    answer: string,
  ) {
    const file = await writeDeadLetter(deadLetters, {
      requestId: id,
      functionName,
      invokeCount,
      requestPayload: JSON.parse(payload),
      responsePayload: JSON.parse(answer),
    });
    journal.finish(n);
    log(`lambda ${functionName}`, `event ${id} failed all attempts; dead letter: ${file}`);
  }

  function begin(event: QueuedEvent, pool: Pool): void {
    const work = process(event, pool).catch((error: unknown) => {
      log(
        `lambda ${event.functionName}`,
        `event ${event.id} remains queued until the next start: ${String(error)}`,
      );
    });
    running.add(work);
    void work.finally(() => running.delete(work));
  }

  for (const event of journal.unfinished()) {
    const pool = pools.get(event.functionName);
    if (pool) begin(event, pool);
    else log('lambda', `event ${event.id} remains queued: function "${event.functionName}" does not exist`);
  }

  return {
    accept(functionName, payload) {
      const pool = pools.get(functionName);
      if (!pool || closing.signal.aborted)
        throw new Error(`Function "${functionName}" does not exist or accepts no more events`);
      const event = { id: randomUUID(), functionName, payload };
      begin({ n: journal.add(event), ...event }, pool);
      return event.id;
    },
    async close(graceMs) {
      closing.abort();
      const timer = new AbortController();
      await Promise.race([
        Promise.all(running),
        delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
      journal.close();
    },
  };
}
