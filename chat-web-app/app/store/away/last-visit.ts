import type { LastVisit } from '../../api/last-visit';
import type { ChatStore } from '../index';
import { endPosition } from '../messages/position';
import type { ChatApi } from '../modules';
import { unseenOf } from './changes';

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
      void sayWhatChanged(store, last, readChanges);
    },
  );
}

async function sayWhatChanged(
  store: ChatStore,
  last: LastVisit,
  readChanges: ChatApi['readChanges'],
): Promise<void> {
  try {
    const { changes } = await readChanges(last.cursor); // none when there were too many
    const deleted = new Set(last.deleted);
    const unseen = unseenOf(changes, { ...last, deleted, clientId: store.state.session.clientId });
    // New messages alone are no surprise to a reader who opens a chat.
    if (unseen.some(({ kind }) => kind !== 'new'))
      store.commit('away/returned', { changes: unseen, isMore: false });
  } catch (error) {
    console.info('Reading what changed since the last visit failed.', error);
  }
}
