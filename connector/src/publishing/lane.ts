import { backoffDelay, pause } from '../backoff.ts';
import { isTransient } from '../database.ts';
import { BatchExceedsRate, LeaseLost, PublishRejected, toError } from '../errors.ts';
import type { ConnectorEvents } from '../events.ts';
import type { Limits } from '../limits/limits.ts';
import { untilTurn, type PacedPublisher } from '../limits/paced-publisher.ts';
import type { Lease } from '../node/lease.ts';
import type { ConnectorOptions } from '../options.ts';
import type { Overtaking } from '../overtaking/overtaking.ts';
import { CLAIM_AHEAD, type Batch, type Outbox } from './outbox.ts';
import type { Rejection } from './rejection.ts';
import { toLoneMessage, toMessages } from './row-change-message.ts';
import type { Settler } from './settler.ts';

/**
 * Publishes one channel's batches, one after the other, and claims the next ones meanwhile. Ends
 * when none are pending.
 */
export interface Lane {
  readonly done: Promise<void>;
  /** `waiting`: Ably's limits do not permit the next publish yet. */
  readonly state: 'publishing' | 'waiting' | 'backing-off';
}

export interface LaneParts {
  readonly outbox: Outbox;
  readonly publisher: PacedPublisher;
  readonly limits: Limits;
  readonly settler: Settler;
  readonly lease: Lease;
  readonly events: ConnectorEvents;
  readonly options: ConnectorOptions;
  readonly stopping: AbortSignal;
}

/** A lane ends after this many claims, so that channels which wait for a lane get their turn. */
const MOST_CLAIMS = 32;

/** @param first what was claimed for the channel, or why that failed */
export function openLane(channel: string, first: readonly Batch[] | Error, parts: LaneParts): Lane {
  const { outbox, settler, limits, lease, events, options, stopping } = parts;
  let state: 'publishing' | 'backing-off' = 'publishing';
  let overtaking: Overtaking | undefined;

  async function run(): Promise<void> {
    let failures = first instanceof Error ? 1 : 0;
    let claimed = first instanceof Error ? await claimAgain(failures, first) : first;
    for (let claims = 1; claimed.length > 0 && !stopping.aborted; claims += 1) {
      try {
        claimed = await publishAll(claimed, claims < MOST_CLAIMS);
        failures = 0;
      } catch (error) {
        failures += 1;
        overtaking = undefined;
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
      const unsent = batches.slice(index);
      if (limits.isLimited(channel) && unsent.length > 1 && unsent.every(({ resumed }) => !resumed)) {
        return recompose([...unsent, ...(await next)]);
      }
      if (isBehind && index === batches.length >> 1) {
        next = outbox.claimMore(channel, [...ids, ...settler.batchIds()]);
        next.catch(() => undefined); // awaited below, where a failure is handled
      }
      if (!lease.isValid()) throw new LeaseLost();
      events.emit('claimed', { channel, count: batch.rows.length, resumed: batch.resumed });
      try {
        settler.add(batch, await publishBatch(batch, parts));
      } catch (error) {
        if (error instanceof BatchExceedsRate) return recompose([...unsent, ...(await next)]);
        throw error;
      }
    }
    const claimed = await next;
    return claimed.length === 0 && limits.isLimited(channel) ? claimInTurn() : claimed;
  }

  /** Replaces batches of which Ably has accepted none by one that suits the limits. */
  async function recompose(batches: readonly Batch[]): Promise<readonly Batch[]> {
    overtaking = undefined; // it has not seen these rows
    await outbox.release(batches);
    return claimInTurn();
  }

  /**
   * Claims one batch at the moment when it may be published, so that it is as large as the limits
   * permit, and nothing urgent is left behind it.
   */
  async function claimInTurn(): Promise<readonly Batch[]> {
    await untilTurn(limits, channel, stopping);
    if (stopping.aborted) return [];
    const size = limits.batchSize(channel);
    overtaking ??= outbox.overtaking(channel, (error) => events.emit('survey:failed', { channel, error }));
    await overtaking.claim(size);
    return outbox.claimMore(channel, settler.batchIds(), { batches: 1, ...size });
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
        // A row that the database cannot read would fail every claim of the channel.
        if (!isTransient(thrown) && (await setAsideUnreadable())) failures = 0;
      }
    }
    return [];
  }

  async function setAsideUnreadable(): Promise<boolean> {
    try {
      const rejection = await outbox.setAsideUnreadable(channel);
      if (rejection) events.emit('rejected', { channel, ...rejection });
      return rejection !== null;
    } catch (thrown) {
      events.emit('set-aside:failed', { channel, error: toError(thrown) });
      return false;
    }
  }

  return {
    done: run(),
    get state() {
      return state === 'publishing' && limits.delay(channel) > 0 ? 'waiting' : state;
    },
  };
}

/** Returns what Ably permanently rejected; it has accepted everything else of the batch. */
async function publishBatch(batch: Batch, parts: LaneParts): Promise<readonly Rejection[]> {
  const { publisher, events } = parts;
  const { channel, rows, resumed } = batch;
  let sent: Sent = { seconds: 0, rejections: [] };
  try {
    const isWhole =
      batch.intact && rows.every(({ bytes }) => bytes !== null && Number(bytes) <= publisher.mostBytes);
    if (!isWhole) sent = await publishOneByOne(batch, publisher);
    else
      sent.seconds = await publisher.publish(channel, toMessages(batch), resumed ? undefined : 'divisible');
  } catch (error) {
    if (!(error instanceof PublishRejected)) throw error;
    // One bad message makes Ably reject all. Every retry, by any node, repeats both steps with the
    // same ids.
    sent = await publishOneByOne(batch, publisher);
  }
  const { seconds, rejections } = sent;
  for (const rejection of rejections) events.emit('rejected', { channel, ...rejection });
  events.emit('published', { channel, count: rows.length - rejections.length, seconds });
  return rejections;
}

interface Sent {
  /** How long Ably took. */
  seconds: number;
  readonly rejections: readonly Rejection[];
}

async function publishOneByOne({ channel, rows }: Batch, publisher: PacedPublisher): Promise<Sent> {
  const rejections: Rejection[] = [];
  let seconds = 0;
  for (const row of rows) {
    const sequenceId = row.sequence_id;
    if (row.bytes === null) {
      const reason = `The row could not be captured: ${row.data ?? 'without a reason'}`;
      rejections.push({ sequenceId, status: 0, code: 0, reason });
      continue;
    }
    if (Number(row.bytes) > publisher.mostBytes) {
      const reason = `The message has ${row.bytes} bytes; one publish accepts at most ${publisher.mostBytes}`;
      rejections.push({ sequenceId, status: 0, code: 40_009, reason });
      continue;
    }
    try {
      seconds += await publisher.publish(channel, [toLoneMessage(row)]);
    } catch (error) {
      if (!(error instanceof PublishRejected)) throw error;
      const { status, code, reason } = error;
      rejections.push({ sequenceId, status, code, reason });
    }
  }
  return { seconds, rejections };
}
