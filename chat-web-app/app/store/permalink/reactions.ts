import { linkedMessage } from '../../utils/permalink';
import type { ChatStore } from '../index';

/** Shows the message that the address leads to: when the page has loaded, and on Back and Forward. */
export function showLinkedMessage(store: ChatStore): void {
  const show = () => {
    const msgId = linkedMessage(window.location.search);
    if (msgId !== undefined) void store.dispatch('messages/show', msgId);
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
