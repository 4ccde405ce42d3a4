import type { ChatStore } from '../index';

/** Enters presence once the tab is live and has a nickname, again after every interruption. */
export function enterPresence(store: ChatStore): void {
  store.watch(
    ({ connection, session }) => connection.status === 'live' && session.nickname !== null,
    (isJoined) => {
      if (isJoined) void store.dispatch('presence/enter');
    },
    { flush: 'sync' },
  );
}
