import type { ChatStore } from '../index';
import { endPosition } from '../messages/position';
import type { Position } from '../messages/position';

/** ms. A shorter absence gets a notice only when at least MANY messages arrived in it. */
const LONG_ABSENCE = 10_000;
const MANY = 5;

/** ms. After a resumed connection, Ably's replayed messages arrive shortly after the attachment. */
const REPLAY_TIME = 1_500;

function newest(store: ChatStore): Position {
  return endPosition(store.state.messages.timeline.rows);
}

/** Marks messages as read while the newest one is on the screen; later ones are unread. */
export function trackReading(store: ChatStore): void {
  store.watch(
    ({ reading, messages }) => [reading.isAtNewest, messages.version, messages.history === 'loaded'] as const,
    ([isAtNewest, , isLoaded]) => {
      // The messages that the page loads first are not unread.
      const isFirstLoad = isLoaded && store.state.reading.readUpTo === null;
      if (isAtNewest || isFirstLoad) store.commit('reading/readTo', newest(store));
    },
    { flush: 'sync' },
  );
  store.watch(
    (_state, getters: ChatStore['getters']) => getters['reading/unread'][0]?.msg_id,
    (id, before) => {
      if (id !== undefined && before === undefined) store.commit('reading/dividerMoved', id);
    },
    { flush: 'sync' },
  );
  store.watch(
    ({ connection }) => connection.offlineSince,
    (since) => {
      if (since !== null) store.commit('reading/absenceStarted', { newest: newest(store), since });
    },
    { flush: 'sync' },
  );
}

/** Ends an absence once its gap is closed, with a notice of what arrived meanwhile. */
export async function summarizeAbsence(store: ChatStore): Promise<void> {
  const { absence } = store.state.reading;
  if (!absence) return;
  const duration = Date.now() - absence.since;
  await new Promise((resolve) => setTimeout(resolve, REPLAY_TIME));
  if (store.state.connection.status !== 'live' || store.state.reading.absence === null) return;
  const missed = store.getters['reading/missedSoFar'];
  const deservesNotice = missed !== null && (duration >= LONG_ABSENCE || missed.count >= MANY);
  store.commit('reading/absenceEnded', deservesNotice ? missed : null);
}
