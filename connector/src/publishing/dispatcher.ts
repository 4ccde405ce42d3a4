import type { Attention } from './attention.ts';
import { backoffDelay, pause } from '../backoff.ts';
import type { Doorbell } from './doorbell.ts';
import { toError } from '../errors.ts';
import { openLane, type Lane, type LaneParts } from './lane.ts';
import type { Batch } from './outbox.ts';

/**
 * Looks for channels that have rows, again and again, and gives each a lane of its own, which publishes what the look has
 * claimed. Nothing has to be remembered here: whatever a crash interrupts is in the outbox.
 */
export interface Dispatcher {
  /** Ends after what is being published now is settled. */
  stop(): Promise<void>;
}

export interface DispatcherParts extends Omit<LaneParts, 'stopping'> {
  /** Rings when there may be new rows. */
  readonly doorbell: Doorbell;
  readonly attention: Attention;
}

/** So many looks in a row that find rows mean that nudges tell nothing new. */
const BUSY_LOOKS = 3;

/** How often an awake connector looks, ms: long enough that rows come together in batches. */
const AWAKE_PERIOD = 20;

/** While unsure, the first looks come this quickly, ms. */
const UNSURE_PERIOD = 2;

export function startDispatcher(parts: DispatcherParts): Dispatcher {
  const { outbox, settler, events, options, doorbell, attention } = parts;
  const stopping = new AbortController();
  const lanes = new Map<string, Lane>();
  let after = '';
  const running = scan();

  async function scan(): Promise<void> {
    let busyLooks = 0;
    let quietLooks = 0;
    let failures = 0;
    while (!stopping.signal.aborted) {
      let wait: number;
      try {
        const isSure = await attention.isSure();
        const found = await look();
        if (found === 'rows') busyLooks += 1;
        if (found === 'nothing') busyLooks = 0;
        quietLooks = found === 'nothing' ? quietLooks + 1 : 0;
        failures = 0;
        if (busyLooks >= BUSY_LOOKS) await attention.wakeUp();
        if (found === 'nothing' && attention.isAwake) {
          await attention.fallAsleep();
          quietLooks = 0;
        }
        wait = isSure ? options.poll.first * 2 ** quietLooks : UNSURE_PERIOD * 2 ** quietLooks;
      } catch (error) {
        failures += 1;
        busyLooks = 0;
        wait = backoffDelay(failures, options.databaseBackoff);
        events.emit('scan:failed', { failures, delay: wait, error: toError(error) });
      }
      if (attention.isAwake) await pause(AWAKE_PERIOD, stopping.signal);
      else await doorbell.wait(Math.min(options.poll.longest, wait));
    }
  }

  /** @returns `lanes`: nothing new, but what was found before is still being published, and its channels are to be looked at */
  async function look(): Promise<'rows' | 'lanes' | 'nothing'> {
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
    // Channels take turns: where this look ended the next one begins, and then once more at the beginning.
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
      doorbell.ring(); // rows that came since its last claim
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
