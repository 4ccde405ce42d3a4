import type { ChatStore } from '../index';
import type { ChatApi } from '../modules';
import { LONGEST_DELAY } from './attempts';
import type { SendEntry } from './entry';

/** ms. After an interruption, what was missed arrives first. */
const SETTLING_TIME = 5_000;
/** ms. Entries that become due within this time are looked for with one request. */
const GATHERING_TIME = 2_000;

/**
 * Looks for the rows of acknowledged entries that did not come back, and publishes those again that
 * the database does not have. Not while the tab is not live: the time away is no attempt.
 */
export function repeatUnconfirmed(store: ChatStore, { clock }: Pick<ChatApi, 'clock'>): void {
  let cancel: (() => void) | undefined;
  let liveSince = 0;
  let isLooking = false;

  const isLive = () => store.state.connection.status === 'live';
  const awaited = () => store.state.sending.entries.filter(({ status }) => status === 'acknowledged');
  /** When an entry is due. A time too far ahead is from before the person set the clock back. */
  const dueTime = ({ dueAt }: SendEntry) => (dueAt > clock.now() + LONGEST_DELAY ? 0 : dueAt);
  const firstDue = () => Math.min(...awaited().map(dueTime));

  function plan(): void {
    cancel?.();
    cancel = undefined;
    const due = Math.max(firstDue(), liveSince + SETTLING_TIME);
    if (!isLive() || isLooking || due === Infinity) return;
    cancel = clock.after(Math.max(0, due - clock.now()), () => void look());
  }

  async function look(): Promise<void> {
    isLooking = true;
    try {
      const due = awaited().filter((entry) => dueTime(entry) <= clock.now() + GATHERING_TIME);
      const ids = due.map(({ id }) => id);
      const isKnown = await findRows(store, due);
      if (!isKnown) await store.dispatch('sending/postpone', ids);
      else if (isLive()) void store.dispatch('sending/repeat', ids);
    } finally {
      isLooking = false;
      plan();
    }
  }

  store.watch(
    isLive,
    () => {
      liveSince = clock.now();
      plan();
    },
    { flush: 'sync', immediate: true },
  );
  store.watch(firstDue, plan, { flush: 'sync' });
}

/**
 * Reads what the database has of these entries: confirmed ones leave the queue. One request, or the
 * few of a new start when too much has happened since.
 * @returns false when the database could not be read
 */
async function findRows(store: ChatStore, entries: readonly SendEntry[]): Promise<boolean> {
  const since = entries[0]?.since ?? null;
  if (since !== null) {
    const answer = await store.dispatch('messages/readSince', since);
    if (answer !== 'incomplete') return answer === 'complete';
    store.commit(
      'sending/cursorsOutdated',
      entries.map(({ id }) => id),
    );
  }
  await store.dispatch('messages/catchUp');
  // Who may not read can still publish again.
  return store.state.messages.history !== 'failed';
}
