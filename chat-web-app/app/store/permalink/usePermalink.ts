import { withMessage } from '../../utils/permalink';
import { useChatStore } from '../key';

/** The address of a message, and what a click on it does without loading the page again. */
export function usePermalink(msgId: () => string) {
  const store = useChatStore();
  const href = () => withMessage(window.location.search, msgId());
  return {
    /** Relative: the query. */
    href,
    address: () => new URL(href(), window.location.href).href,
    /** Clicks that open another tab or window are left to the browser. */
    follow(event: MouseEvent): void {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      if (href() !== window.location.search) window.history.pushState(window.history.state, '', href());
      void store.dispatch('messages/show', msgId());
    },
  };
}
