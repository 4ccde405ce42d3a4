import { linkedMessage, linkedTime } from '../../utils/permalink';
import type { ChatStore } from '../index';

/** Shows the message that the address leads to: when the page has loaded, and on Back and Forward. */
export function showLinkedMessage(store: ChatStore): void {
  const show = () => {
    const { search } = window.location;
    const msgId = linkedMessage(search);
    // At an earlier time, the view of the past shows it.
    if (msgId !== undefined && linkedTime(search) === null) void store.dispatch('messages/show', msgId);
  };
  const stop = store.watch(
    ({ messages }) => messages.history === 'loaded',
    () => {
      stop();
      show();
    },
    { flush: 'sync' },
  );
  window.addEventListener('popstate', show);
}
