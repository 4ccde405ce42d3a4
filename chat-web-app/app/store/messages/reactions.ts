import { retryDelays } from '../connection/retry';
import type { ChatStore } from '../index';

/** Half of what an answer of chat-changes may hold. */
const MANY_ARRIVALS = 100;
/** ms. In a busier room an absence costs a new start, instead of every tab a request each second. */
const LEAST_INTERVAL = 30_000;

/** Reads again after a failure, for as long as it takes: the range must not stay incomplete. */
export function retryReading(store: ChatStore): void {
  let delays = retryDelays();
  store.watch(
    ({ messages }) => messages.history,
    (history) => {
      if (history === 'loaded') delays = retryDelays();
      if (history !== 'failed') return;
      setTimeout(() => {
        if (store.state.messages.history === 'failed') void store.dispatch('messages/catchUp');
      }, delays.next().value);
    },
    { flush: 'sync' },
  );
}

/** Keeps the cursor of changes close to now, so that an absence needs one small answer. */
export function moveCursor(store: ChatStore): void {
  let movedAt = 0;
  store.subscribe(({ type }) => {
    if (type !== 'messages/arrived' || store.state.messages.arrived.size < MANY_ARRIVALS) return;
    if (document.visibilityState === 'hidden' || Date.now() - movedAt < LEAST_INTERVAL) return;
    movedAt = Date.now();
    void store.dispatch('messages/moveCursor');
  });
}
