import { backoffDelay, pause, type Backoff } from '../backoff.ts';
import { toError } from '../errors.ts';
import type { ConnectorEvents } from '../events.ts';
import type { Batch, Outbox, Refusal } from './outbox.ts';

/**
 * Removes published batches from the outbox, behind the backs of the lanes: whatever has come together while one
 * settlement was under way makes the next. Nothing waits for it but the end; a crash before it only means that
 * the batch is published once more, under the same ids.
 */
export interface Settler {
  add(batch: Batch, refusals: readonly Refusal[]): void;
  /** Ids of the batches that are published, and not yet settled. */
  batchIds(): string[];
  /** Resolves once everything added is settled. */
  idle(): Promise<void>;
  /** Gives up what a lost database keeps from being settled. */
  stop(): void;
}

interface Published {
  readonly batch: Batch;
  readonly refusals: readonly Refusal[];
}

export function startSettler(outbox: Outbox, events: ConnectorEvents, backoff: Backoff): Settler {
  const stopping = new AbortController();
  const waiting = new Set<Published>();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    let failures = 0;
    while (waiting.size > 0 && !stopping.signal.aborted) {
      const some = [...waiting];
      try {
        await outbox.settle(
          some.map(({ batch }) => batch),
          some.flatMap(({ refusals }) => refusals),
        );
        failures = 0;
        some.forEach((published) => waiting.delete(published));
        for (const { batch, refusals } of some) {
          const count = batch.rows.length - refusals.length;
          events.emit('settled', { channel: batch.channel, count });
        }
      } catch (error) {
        failures += 1;
        const delay = backoffDelay(failures, backoff);
        events.emit('settle:failed', { failures, delay, error: toError(error) });
        await pause(delay, stopping.signal);
      }
    }
    running = undefined;
  }

  return {
    add(batch, refusals) {
      waiting.add({ batch, refusals });
      running ??= run();
    },
    batchIds: () => [...waiting].map(({ batch }) => batch.id),
    idle: () => running ?? Promise.resolve(),
    stop: () => stopping.abort(),
  };
}
