import type { ChatStore } from '../index';
import { createMessageId } from './message-id';

/** Publishes when the tab is live, removes confirmed entries, and stores the queue for a reload. */
export function driveSendQueue(store: ChatStore): void {
  store.watch(
    ({ connection }) => connection.status === 'live',
    (isLive) => {
      if (isLive) void store.dispatch('sending/flush');
    },
    { flush: 'sync' },
  );
  store.watch(
    (_state, getters: ChatStore['getters']) => getters['sending/confirmed'],
    (ids) => {
      if (ids.length > 0) store.commit('sending/removed', ids);
    },
    { flush: 'sync' },
  );
  store.watch(
    (_state, getters: ChatStore['getters']) => getters['sending/taken'],
    (ids) => {
      for (const id of ids) store.commit('sending/idReplaced', { id, newId: createMessageId() });
    },
    { flush: 'sync' },
  );
  store.watch(
    ({ sending }) => sending.entries,
    () => void store.dispatch('sending/persist'),
    { deep: true },
  );
}

/** Publishes a deletion that could still be undone when the page is left. */
export function endUndoOnLeave(store: ChatStore): void {
  // Before the connection closes for the same event: this listener is the older one.
  window.addEventListener('pagehide', () => void store.dispatch('sending/endUndo'));
}
