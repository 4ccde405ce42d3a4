import type { ChatStore } from '../index';
import type { ChatApi } from '../modules';
import { isCrowded } from './module';

/**
 * Enters presence once the tab is live and has a nickname, again after every interruption and with
 * every change of the nickname.
 */
export function enterPresence(store: ChatStore): void {
  store.watch(
    ({ connection, session }) => (connection.status === 'live' ? session.nickname : null),
    (nickname) => {
      if (nickname !== null) void store.dispatch('presence/enter');
    },
    { flush: 'sync' },
  );
}

/** Loads what shows the number of people once there are more than a presence set holds. */
export function showCrowd(store: ChatStore, api: Pick<ChatApi, 'realtime' | 'clock'>): void {
  const stop = store.watch(
    ({ presence }) => isCrowded(presence),
    (isNow) => {
      if (!isNow) return;
      import('./crowd').then(
        ({ followCrowd }) => {
          stop();
          followCrowd(store, api);
        },
        (error: unknown) => console.warn('The number of people online cannot be shown.', error),
      );
    },
  );
}
