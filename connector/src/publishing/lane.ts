import { backoffDelay, pause } from '../backoff.ts';
import { LeaseLost, PublishRejected, toError } from '../errors.ts';
import type { ConnectorEvents } from '../events.ts';
import type { Lease } from '../node/lease.ts';
import type { ConnectorOptions } from '../options.ts';
import { CLAIM_AHEAD, type Batch, type Outbox, type Rejection } from './outbox.ts';
import type { Publisher } from './publisher.ts';
import { toLoneMessage, toMessages } from './row-change-message.ts';
import type { Settler } from './settler.ts';

/**
 * Publishes one channel's batches, one after the other, and claims the next ones meanwhile. Ends
 * when none are pending.
 */
export interface Lane {
  readonly done: Promise<void>;
  readonly state: 'publishing' | 'backing-off';
}

export interface LaneParts {
  readonly outbox: Outbox;
  readonly publisher: Publisher;
  readonly settler: Settler;
  readonly lease: Lease;
  readonly events: ConnectorEvents;
  readonly options: ConnectorOptions;
  readonly stopping: AbortSignal;
}

/** A lane ends after this many claims, so that channels which wait for a lane get their turn. */
const MOST_CLAIMS = 32;

export function openLane(channel: string, first: readonly Batch[], parts: LaneParts): Lane {
  const { outbox, settler, lease, events, options, stopping } = parts;
  let state: Lane['state'] = 'publishing';

  async function run(): Promise<void> {
    let claimed = first;
    let failures = 0;
    for (let claims = 1; claimed.length > 0 && !stopping.aborted; claims += 1) {
      try {
        claimed = await publishAll(claimed, claims < MOST_CLAIMS);
        failures = 0;
      } catch (error) {
        failures += 1;
        claimed = await claimAgain(failures, toError(error));
      }
    }
  }

  /** Returns the batches claimed meanwhile. */
  async function publishAll(batches: readonly Batch[], mayClaimMore: boolean): Promise<readonly Batch[]> {
    const isBehind = mayClaimMore && batches.length >= CLAIM_AHEAD;
    state = 'publishing';
    const ids = batches.map(({ id }) => id);
    let next: Promise<readonly Batch[]> = Promise.resolve([]);
    for (const [index, batch] of batches.entries()) {
      if (stopping.aborted) return [];
      if (isBehind && index === batches.length >> 1) {
        next = outbox.claimMore(channel, [...ids, ...settler.batchIds()]);
        next.catch(() => undefined); // awaited below, where a failure is handled
      }
      if (!lease.isValid()) throw new LeaseLost();
      events.emit('claimed', { channel, count: batch.rows.length, resumed: batch.resumed });
      settler.add(batch, await publishBatch(batch, parts));
    }
    return next;
  }

  /** Drops the in-memory batches; the claim returns them if this node still owns them. */
  async function claimAgain(failuresBefore: number, reason: Error): Promise<readonly Batch[]> {
    state = 'backing-off';
    let error = reason;
    for (let failures = failuresBefore; !stopping.aborted; failures += 1) {
      const delay = backoffDelay(failures, options.channelBackoff);
      events.emit('channel:failed', { channel, failures, delay, error });
      await pause(delay, stopping);
      try {
        return await outbox.claimMore(channel, settler.batchIds());
      } catch (thrown) {
        error = toError(thrown);
      }
    }
    return [];
  }

  return {
    done: run(),
    get state() {
      return state;
    },
  };
}

/** Returns what Ably permanently rejected; it has accepted everything else of the batch. */
async function publishBatch(batch: Batch, parts: LaneParts): Promise<readonly Rejection[]> {
  const { publisher, events } = parts;
  const { channel, rows } = batch;
  const started = performance.now();
  let rejections: readonly Rejection[] = [];
  try {
    const isWhole = batch.intact && rows.every((row) => Number(row.bytes) <= publisher.mostBytes);
    if (!isWhole) rejections = await publishOneByOne(batch, publisher);
    else await publisher.publish(channel, toMessages(batch));
  } catch (error) {
    if (!(error instanceof PublishRejected)) throw error;
    // One bad message makes Ably reject all. Every retry, by any node, repeats both steps with the
    // same ids.
    rejections = await publishOneByOne(batch, publisher);
  }
  const seconds = (performance.now() - started) / 1_000;
  for (const rejection of rejections) events.emit('rejected', { channel, ...rejection });
  events.emit('published', { channel, count: rows.length - rejections.length, seconds });
  return rejections;
}

async function publishOneByOne(
  { channel, rows }: Batch,
  publisher: Publisher,
): Promise<readonly Rejection[]> {
  const rejections: Rejection[] = [];
  for (const row of rows) {
    const sequenceId = row.sequence_id;
    if (Number(row.bytes) > publisher.mostBytes) {
      const reason = `The message has ${row.bytes} bytes; one publish accepts at most ${publisher.mostBytes}`;
      rejections.push({ sequenceId, status: 0, code: 40_009, reason });
      continue;
    }
    try {
      await publisher.publish(channel, [toLoneMessage(row)]);
    } catch (error) {
      if (!(error instanceof PublishRejected)) throw error;
      const { status, code, reason } = error;
      rejections.push({ sequenceId, status, code, reason });
    }
  }
  return rejections;
}
