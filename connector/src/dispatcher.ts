import { backoffDelay, pause } from './backoff.ts';
import type { Doorbell } from './doorbell.ts';
import { toError } from './errors.ts';
import type { ConnectorEvents } from './events.ts';
import { toMessages } from './messages.ts';
import type { ConnectorOptions } from './options.ts';
import type { Outbox } from './outbox.ts';
import type { Publisher } from './publisher.ts';

/**
 * Moves rows from the outbox to Ably. It looks for channels that have rows, and gives each a lane of its own: claim a
 * batch, publish it, settle it, again until the channel is empty. A lane that fails waits and claims again; the claim
 * hands it the same batch, under the same ids, or nothing, if another node has taken over meanwhile. So nothing has
 * to be remembered here: whatever a crash interrupts is in the outbox.
 */
export interface Dispatcher {
  /** Ends after what is being published now is settled. */
  stop(): Promise<void>;
}

interface Lane {
  /** Rows were seen since the lane last claimed, so that its next empty claim is not yet the end. */
  seen: boolean;
  done: Promise<void>;
}

/** @param doorbell rings when there may be new rows */
export function startDispatcher(
  outbox: Outbox,
  publisher: Publisher,
  doorbell: Doorbell,
  events: ConnectorEvents,
  options: ConnectorOptions,
): Dispatcher {
  const stopping = new AbortController();
  const lanes = new Map<string, Lane>();
  const running = scan();

  async function scan(): Promise<void> {
    let quietScans = 0;
    let failures = 0;
    while (!stopping.signal.aborted) {
      let wait: number;
      try {
        const channels = await outbox.channelsWithRows();
        channels.forEach(ensureLane);
        failures = 0;
        quietScans = channels.length === 0 ? quietScans + 1 : 0;
        wait = Math.min(options.poll.longest, options.poll.first * 2 ** quietScans);
      } catch (error) {
        failures += 1;
        wait = backoffDelay(failures, options.databaseBackoff);
        events.emit('scan:failed', { failures, delay: wait, error: toError(error) });
      }
      await doorbell.wait(wait);
    }
  }

  function ensureLane(channel: string): void {
    const lane = lanes.get(channel);
    if (lane) lane.seen = true;
    else if (lanes.size < options.concurrency && !stopping.signal.aborted) openLane(channel);
  }

  function openLane(channel: string): void {
    const lane: Lane = { seen: false, done: Promise.resolve() };
    lanes.set(channel, lane);
    lane.done = drain(channel, lane).finally(() => {
      const wasFull = lanes.size >= options.concurrency;
      lanes.delete(channel);
      if (wasFull) doorbell.ring();
    });
  }

  async function drain(channel: string, lane: Lane): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        lane.seen = false;
        const more = await publishNext(channel);
        failures = 0;
        if (!more && !lane.seen) return;
      } catch (error) {
        failures += 1;
        const delay = backoffDelay(failures, options.channelBackoff);
        events.emit('channel:failed', { channel, failures, delay, error: toError(error) });
        await pause(delay, stopping.signal);
      }
    }
  }

  async function publishNext(channel: string): Promise<boolean> {
    const batch = await outbox.claim(channel);
    if (!batch) return false;
    const count = batch.rows.length;
    events.emit('claimed', { channel, count, resumed: batch.resumed });
    await publisher.publish(channel, toMessages(batch));
    events.emit('published', { channel, count });
    await outbox.settle(batch);
    events.emit('settled', { channel, count });
    return true;
  }

  return {
    async stop() {
      stopping.abort();
      doorbell.ring();
      await running;
      await Promise.all([...lanes.values()].map((lane) => lane.done));
    },
  };
}
