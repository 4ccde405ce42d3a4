import { pause } from '../backoff.ts';
import { BatchExceedsRate, LeaseLost, PublishFailed } from '../errors.ts';
import type { ConnectorEvents } from '../events.ts';
import type { Lease } from '../node/lease.ts';
import type { Publisher } from '../publishing/publisher.ts';
import type { RowChangeMessage } from '../publishing/row-change-message.ts';
import type { Limits } from './limits.ts';

/** Publishes within the learned limits, and repeats what Ably rejects because of one. */
export interface PacedPublisher {
  /** Ably's limit for one publish. */
  readonly mostBytes: number;
  /**
   * Like {@link Publisher.publish}, as soon as the limits permit.
   * @param divisible if set, the messages may be published in smaller batches, under other ids
   * @returns how long Ably took to accept it, without the waiting, in seconds
   * @throws BatchExceedsRate for divisible ones of which Ably has accepted none
   * @throws LeaseLost when the lease expires while it waits; the signal's reason when stopping
   */
  publish(channel: string, messages: readonly RowChangeMessage[], divisible?: 'divisible'): Promise<number>;
}

export interface PacingParts {
  readonly limits: Limits;
  readonly lease: Lease;
  readonly events: ConnectorEvents;
  readonly stopping: AbortSignal;
}

export function pacePublisher(
  publisher: Publisher,
  { limits, lease, events, stopping }: PacingParts,
): PacedPublisher {
  return {
    mostBytes: publisher.mostBytes,
    async publish(channel, messages, divisible) {
      const amount = { messages: messages.length, bytes: sizeOf(messages) };
      for (;;) {
        await untilTurn(limits, channel, stopping);
        stopping.throwIfAborted();
        if (!lease.isValid()) throw new LeaseLost();
        limits.spend(channel, amount);
        const startedAt = performance.now();
        try {
          await publisher.publish(channel, messages);
          limits.accepted(channel, amount);
          return (performance.now() - startedAt) / 1_000;
        } catch (error) {
          if (!(error instanceof PublishFailed) || error.status !== RATE_LIMITED) throw error;
          const learned = limits.rejected(channel, error.code);
          events.emit('limited', { channel, code: error.code, delay: limits.delay(channel), ...learned });
          const size = limits.batchSize(channel);
          const isTooLarge = amount.messages > size.rows || amount.bytes > size.bytes;
          if (divisible && messages.length > 1 && isTooLarge) {
            throw new BatchExceedsRate(channel, messages.length);
          }
        }
      }
    },
  };
}

/** The HTTP status of every rate limit: 42911, 42913, 42914, 42917 and codes not yet known. */
const RATE_LIMITED = 429;

/** Resolves once the limits permit a publish to the channel; at once when stopping. */
export async function untilTurn(limits: Limits, channel: string, stopping: AbortSignal): Promise<void> {
  // Other channels may use up the account's limit meanwhile.
  while (limits.delay(channel) > 0 && !stopping.aborted) {
    await pause(Math.ceil(limits.delay(channel)), stopping);
  }
}

const sizeOf = (messages: readonly RowChangeMessage[]) =>
  messages.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
