import { backoffDelay, pause } from '../backoff.ts';
import { isTransient } from '../database.ts';
import { toError } from '../errors.ts';
import { pacePublisher } from '../limits/paced-publisher.ts';
import type { Attention } from './attention.ts';
import type { Doorbell } from './doorbell.ts';
import { openLane, type Lane, type LaneParts } from './lane.ts';
import type { Batch } from './outbox.ts';
import type { Publisher } from './publisher.ts';

/**
 * Polls the outbox for channels with pending rows and opens a lane for each, which publishes the
 * batches that the poll has claimed. Keeps no state that matters after a crash: the outbox has it.
 */
export interface Dispatcher {
  /** Resolves once the publishes in flight are settled. */
  stop(): Promise<void>;
}

export interface DispatcherParts extends Omit<LaneParts, 'stopping' | 'publisher'> {
  readonly publisher: Publisher;
  /** Rings when there may be new rows. */
  readonly doorbell: Doorbell;
  readonly attention: Attention;
}

/** Channels among which a claim that failed looks for the cause. */
const MOST_TRIED = 1_000;

/** After this many polls in a row that find rows, nudges are useless. */
const BUSY_POLLS = 3;

/** How often an awake connector polls, ms: long enough for rows to collect into batches. */
const AWAKE_PERIOD = 20;

/** The first delay between polls while unsure, ms. */
const UNSURE_PERIOD = 2;

export function startDispatcher(parts: DispatcherParts): Dispatcher {
  const { outbox, settler, limits, events, options, doorbell, attention } = parts;
  const stopping = new AbortController();
  const publisher = pacePublisher(parts.publisher, { ...parts, stopping: stopping.signal });
  const lanes = new Map<string, Lane>();
  let after = '';
  const running = run();

  async function run(): Promise<void> {
    let busyPolls = 0;
    let quietPolls = 0;
    let failures = 0;
    while (!stopping.signal.aborted) {
      let wait: number;
      try {
        const isSure = await attention.isSure();
        const found = await poll(failures);
        if (found === 'rows') busyPolls += 1;
        if (found === 'nothing') busyPolls = 0;
        quietPolls = found === 'nothing' ? quietPolls + 1 : 0;
        if (failures > 0) events.emit('poll:recovered');
        failures = 0;
        if (busyPolls >= BUSY_POLLS) await attention.wakeUp();
        if (found === 'nothing' && attention.isAwake) {
          await attention.fallAsleep();
          quietPolls = 0;
        }
        wait = (isSure ? options.poll.first : UNSURE_PERIOD) * 2 ** quietPolls;
      } catch (error) {
        failures += 1;
        busyPolls = 0;
        wait = backoffDelay(failures, options.databaseBackoff);
        events.emit('poll:failed', { failures, delay: wait, error: toError(error) });
      }
      if (attention.isAwake) await pause(AWAKE_PERIOD, stopping.signal);
      else await doorbell.wait(Math.min(options.poll.longest, wait));
    }
  }

  /**
   * Returns `lanes` when it claimed nothing but lanes are at work, whose channels need another
   * poll.
   */
  async function poll(failures: number): Promise<'rows' | 'lanes' | 'nothing'> {
    const active = [...lanes.values()].filter(({ state }) => state === 'publishing').length;
    const channels = options.concurrency - active;
    if (channels <= 0) return 'lanes';
    const began = after;
    const wanted = { channels, busy: [...lanes.keys()], claimed: settler.batchIds(), after };
    const batches = await outbox.claim(wanted).catch(async (error: unknown) => {
      if (isTransient(error) && failures === 0) throw error;
      return claimSeparately(channels, toError(error));
    });
    const byChannel = Map.groupBy(batches, ({ channel }) => channel);
    byChannel.forEach(startLane);
    // Round robin: the next poll continues after the last channel, and then once more from the
    // first.
    after = byChannel.size < channels ? '' : ([...byChannel.keys()].at(-1) ?? '');
    if (began !== '' && after === '') doorbell.ring();
    if (batches.length > 0) return 'rows';
    return active > 0 ? 'lanes' : 'nothing';
  }

  /**
   * Claims for each channel alone, so that a row which cannot be read only stops its own channel.
   * @throws the error of the claim for all of them, unless a channel alone fails too
   */
  async function claimSeparately(channels: number, reason: Error): Promise<Batch[]> {
    const heads = await outbox.heads(MOST_TRIED).catch(() => {
      throw reason;
    });
    const waiting = heads.filter(({ channel }) => !lanes.has(channel)).slice(0, channels);
    const claims = await Promise.allSettled(
      waiting.map(({ channel }) => outbox.claimMore(channel, settler.batchIds())),
    );
    const claimed: Batch[] = [];
    let isExplained = false;
    for (const [index, { channel }] of waiting.entries()) {
      const claim = claims[index];
      if (claim?.status === 'fulfilled') claimed.push(...claim.value);
      else startLane(toError(claim?.reason), channel);
      isExplained ||= claim?.status === 'rejected';
    }
    if (isExplained) return claimed;
    Map.groupBy(claimed, ({ channel }) => channel).forEach(startLane);
    throw reason;
  }

  function startLane(batches: readonly Batch[] | Error, channel: string): void {
    const lane = openLane(channel, batches, { ...parts, publisher, stopping: stopping.signal });
    lanes.set(channel, lane);
    void lane.done.then(() => {
      lanes.delete(channel);
      limits.forget(channel);
      events.emit('channel:emptied', { channel });
      doorbell.ring(); // for rows written since the lane's last claim
    });
  }

  return {
    async stop() {
      stopping.abort();
      doorbell.ring();
      await running;
      await Promise.all([...lanes.values()].map(({ done }) => done));
      await settler.idle();
    },
  };
}
