import { backoffDelay, pause, type Backoff } from '../backoff.ts';
import { toError } from '../errors.ts';
import type { ConnectorEvents } from '../events.ts';
import type { Batch, Outbox } from './outbox.ts';
import type { Rejection } from './rejection.ts';

/**
 * Removes published batches from the outbox while the lanes go on publishing; the batches that
 * collect during one settlement are settled together by the next. A crash before a settlement only
 * publishes the batch again, under the same ids.
 */
export interface Settler {
  add(batch: Batch, rejections: readonly Rejection[]): void;
  /** Ids of the batches that are published and not yet settled. */
  batchIds(): string[];
  /** Resolves once every added batch is settled. */
  idle(): Promise<void>;
  /** Gives up settling, when the database stays lost. */
  stop(): void;
}

interface Published {
  readonly batch: Batch;
  readonly rejections: readonly Rejection[];
}

export function startSettler(outbox: Outbox, events: ConnectorEvents, backoff: Backoff): Settler {
  const stopping = new AbortController();
  const unsettled = new Set<Published>();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    let failures = 0;
    while (unsettled.size > 0 && !stopping.signal.aborted) {
      const some = [...unsettled];
      try {
        await outbox.settle(
          some.map(({ batch }) => batch),
          some.flatMap(({ rejections }) => rejections),
        );
        failures = 0;
        some.forEach((published) => unsettled.delete(published));
        for (const { batch, rejections } of some) {
          const count = batch.rows.length - rejections.length;
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
    add(batch, rejections) {
      unsettled.add({ batch, rejections });
      running ??= run();
    },
    batchIds: () => [...unsettled].map(({ batch }) => batch.id),
    idle: () => running ?? Promise.resolve(),
    stop: () => stopping.abort(),
  };
}
