import { backoffDelay, pause } from '../backoff.ts';
import { LeaseLost, PublishRefused, toError } from '../errors.ts';
import type { ConnectorEvents } from '../events.ts';
import type { Lease } from '../node/lease.ts';
import { toLoneMessage, toMessages } from './messages.ts';
import type { ConnectorOptions } from '../options.ts';
import { CLAIM_AHEAD, type Batch, type Outbox, type Refusal } from './outbox.ts';
import type { Publisher } from './publisher.ts';
import type { Settler } from './settler.ts';

/** Publishes one channel's batches, one after the other, while the next are being claimed, until there are none. */
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

/** After so many claims a lane ends, for the sake of channels that wait for their turn. */
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

  /** @returns what was claimed meanwhile */
  async function publishAll(batches: readonly Batch[], mayClaimMore: boolean): Promise<readonly Batch[]> {
    const isBehind = mayClaimMore && batches.length >= CLAIM_AHEAD;
    state = 'publishing';
    const ids = batches.map(({ id }) => id);
    let next: Promise<readonly Batch[]> = Promise.resolve([]);
    for (const [index, batch] of batches.entries()) {
      if (stopping.aborted) return [];
      if (isBehind && index === batches.length >> 1) {
        next = claimAhead(ids);
        next.catch(() => undefined); // heard of when it is awaited
      }
      if (!lease.isValid()) throw new LeaseLost();
      events.emit('claimed', { channel, count: batch.rows.length, resumed: batch.resumed });
      settler.add(batch, await publishBatch(batch, parts));
    }
    return next;
  }

  async function claimAhead(mine: readonly string[]): Promise<readonly Batch[]> {
    return outbox.claimMore(channel, [...mine, ...settler.batchIds()]);
  }

  /** Forgets what it had: that is on record, and comes back with the claim, if it is still ours. */
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

/** @returns what Ably will never accept; everything else it has now */
async function publishBatch(batch: Batch, parts: LaneParts): Promise<readonly Refusal[]> {
  const { publisher, events } = parts;
  const { channel, rows } = batch;
  const started = performance.now();
  let refusals: readonly Refusal[] = [];
  try {
    const isWhole = batch.intact && rows.every((row) => Number(row.bytes) <= publisher.mostBytes);
    if (!isWhole) refusals = await publishOneByOne(batch, publisher);
    else await publisher.publish(channel, toMessages(batch));
  } catch (error) {
    if (!(error instanceof PublishRefused)) throw error;
    // One bad message makes Ably refuse all. Every retry, by whomever, comes along here and to the same ids again.
    refusals = await publishOneByOne(batch, publisher);
  }
  const seconds = (performance.now() - started) / 1_000;
  for (const refusal of refusals) events.emit('refused', { channel, ...refusal });
  events.emit('published', { channel, count: rows.length - refusals.length, seconds });
  return refusals;
}

async function publishOneByOne({ channel, rows }: Batch, publisher: Publisher): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  for (const row of rows) {
    const sequenceId = row.sequence_id;
    if (Number(row.bytes) > publisher.mostBytes) {
      const reason = `The message has ${row.bytes} bytes, and one publish takes at most ${publisher.mostBytes}`;
      refusals.push({ sequenceId, status: 0, code: 40_009, reason });
      continue;
    }
    try {
      await publisher.publish(channel, [toLoneMessage(row)]);
    } catch (error) {
      if (!(error instanceof PublishRefused)) throw error;
      const { status, code, reason } = error;
      refusals.push({ sequenceId, status, code, reason });
    }
  }
  return refusals;
}
