import type { ChatStore } from '../index';
import { endPosition } from '../messages/position';
import type { ChatApi } from '../modules';

/** ms. A reader who was away for less needs no notice. */
const LONG_ABSENCE = 10_000;

/** Tombstones that are remembered for the next visit; more than an absence of 200 changes has. */
const MOST_DELETED = 200;

/**
 * Stores in this browser what was displayed when the page is hidden or left, for the next visit. A
 * visitor who has not joined leaves nothing, and who forgets a person forgets this too.
 */
export function rememberVisit(
  store: ChatStore,
  { clock, lastVisit }: Pick<ChatApi, 'clock' | 'lastVisit'>,
): void {
  function remember(): void {
    const { cursor, timeline } = store.state.messages;
    if (cursor === null || timeline.rows.length === 0 || store.state.session.nickname === null) return;
    const gone = [...timeline.byId].flatMap(([id, held]) => (held === 'deleted' ? [id] : []));
    lastVisit.write({
      cursor,
      newest: endPosition(timeline.rows),
      at: clock.now(),
      deleted: gone.slice(-MOST_DELETED),
    });
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') remember();
  });
  window.addEventListener('pagehide', remember);
  store.subscribeAction({
    after({ type }) {
      if (type === 'session/forget') lastVisit.remove();
    },
  });
}

/** Says what changed since this browser last displayed the chat, once this tab is live. */
export function noticeReturn(
  store: ChatStore,
  { clock, lastVisit, readChanges }: Pick<ChatApi, 'clock' | 'lastVisit' | 'readChanges'>,
): void {
  const last = lastVisit.read();
  if (!last || clock.now() - last.at < LONG_ABSENCE) return;
  const stop = store.watch(
    ({ connection, messages }) => connection.status === 'live' && messages.history === 'loaded',
    (isReady) => {
      if (!isReady) return;
      stop();
      void import('./say-what-changed').then(
        ({ sayWhatChanged }) => sayWhatChanged(store, last, readChanges),
        (error: unknown) => console.info('What changed since the last visit could not be loaded.', error),
      );
    },
  );
}
