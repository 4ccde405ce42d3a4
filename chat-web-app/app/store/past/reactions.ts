import { linkedTime } from '../../utils/permalink';
import type { ChatStore } from '../index';

/** The address decides which time the page shows: when it has loaded, and on Back and Forward. */
export function followTime(store: ChatStore): void {
  const follow = () => store.commit('past/moved', linkedTime(window.location.search));
  follow();
  window.addEventListener('popstate', follow);
  // What belongs to the list of the present must not open in the hidden list, or take the focus.
  store.watch(
    ({ past }) => past.at !== null,
    (isPast) => {
      if (!isPast) return;
      store.commit('messages/targeted', null);
      store.commit('versions/closed');
    },
    { flush: 'sync' },
  );
}

/**
 * A message that is too far back for the list is shown in the chat of its time; not to a reader who
 * walks from change to change in the list.
 */
export function showInThePast(store: ChatStore): void {
  async function show(msgId: string): Promise<void> {
    try {
      const { travelTo } = await import('./travel-to-message');
      await travelTo(store, msgId);
    } catch (error) {
      // The list says that the message is too far back.
      console.warn(`Finding the time of message ${msgId} failed.`, error);
    }
  }
  store.watch(
    ({ messages: { target } }) =>
      target?.status === 'tooFar' && !target.keepsFocus ? target.msgId : undefined,
    (msgId) => {
      if (msgId !== undefined) void show(msgId);
    },
  );
}
