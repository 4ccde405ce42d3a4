import type { ChatStore } from '../index';
import type { Place } from '../timeline/merge';
import { BEGINNING, placeOf } from '../timeline/unread';

/** ms. Shorter absences are told of only when much happened in them. */
const ABSENCE = 10_000;
const MUCH = 5;

/** ms. What Ably replays after a resumed connection comes in the moments after the attachment. */
const REPLAY = 1_500;

function newest(store: ChatStore): Place {
  const last = store.state.messages.timeline.rows.at(-1);
  return last ? placeOf(last) : BEGINNING;
}

/** Keeps account of what was seen: everything while one looks at the newest message; the rest is unread. */
export function followReading(store: ChatStore): void {
  store.watch(
    ({ reading, messages }) => [reading.isLooking, messages.version, messages.history === 'read'] as const,
    ([isLooking, , isRead]) => {
      // What was there when the page was opened is not news.
      if (isLooking || (isRead && store.state.reading.readUpTo === null))
        store.commit('reading/read', newest(store));
    },
    { flush: 'sync' },
  );
  store.watch(
    () => store.getters['reading/unread'][0]?.msg_id,
    (id, before) => {
      if (id !== undefined && before === undefined) store.commit('reading/marked', id);
    },
    { flush: 'sync' },
  );
  store.watch(
    (state) => state.connection.offlineSince,
    (at) => {
      if (at !== null) store.commit('reading/left', { newest: newest(store), at });
    },
    { flush: 'sync' },
  );
}

/** After an absence whose gap has been read: says how much came meanwhile. */
export async function sumUpAbsence(store: ChatStore): Promise<void> {
  const { left } = store.state.reading;
  if (!left) return;
  const absence = Date.now() - left.at;
  await new Promise((over) => setTimeout(over, REPLAY));
  if (store.state.connection.status !== 'live' || store.state.reading.left === null) return;
  const missed = store.getters['reading/missedSoFar'];
  const isWorthTelling = missed !== null && (absence >= ABSENCE || missed.count >= MUCH);
  store.commit('reading/returned', isWorthTelling ? missed : null);
}
