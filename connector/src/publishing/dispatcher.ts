import { backoffDelay, pause } from '../backoff.ts';
import { toError } from '../errors.ts';
import type { Attention } from './attention.ts';
import type { Doorbell } from './doorbell.ts';
import { openLane, type Lane, type LaneParts } from './lane.ts';
import type { Batch } from './outbox.ts';

/**
 * Polls the outbox for channels with pending rows and opens a lane for each, which publishes the
 * batches that the poll has claimed. Keeps no state that matters after a crash: the outbox has it.
 */
export interface Dispatcher {
  /** Resolves once the publishes in flight are settled. */
  stop(): Promise<void>;
}

export interface DispatcherParts extends Omit<LaneParts, 'stopping'> {
  /** Rings when there may be new rows. */
  readonly doorbell: Doorbell;
  readonly attention: Attention;
}

/** After this many polls in a row that find rows, nudges are useless. */
const BUSY_POLLS = 3;

/** How often an awake connector polls, ms: long enough for rows to collect into batches. */
const AWAKE_PERIOD = 20;

/** The first delay between polls while unsure, ms. */
const UNSURE_PERIOD = 2;

export function startDispatcher(parts: DispatcherParts): Dispatcher {
  const { outbox, settler, events, options, doorbell, attention } = parts;
  const stopping = new AbortController();
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
        const found = await poll();
        if (found === 'rows') busyPolls += 1;
        if (found === 'nothing') busyPolls = 0;
        quietPolls = found === 'nothing' ? quietPolls + 1 : 0;
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
  async function poll(): Promise<'rows' | 'lanes' | 'nothing'> {
    const active = [...lanes.values()].filter(({ state }) => state !== 'backing-off').length;
    const channels = options.concurrency - active;
    if (channels <= 0) return 'lanes';
    const began = after;
    const batches = await outbox.claim({
      channels,
      busy: [...lanes.keys()],
      claimed: settler.batchIds(),
      after,
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

  function startLane(batches: readonly Batch[], channel: string): void {
    const lane = openLane(channel, batches, { ...parts, stopping: stopping.signal });
    lanes.set(channel, lane);
    void lane.done.then(() => {
      lanes.delete(channel);
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
