import type { ChatStore } from '../index';
import { endPosition } from '../messages/position';
import type { Position } from '../messages/position';

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
}
