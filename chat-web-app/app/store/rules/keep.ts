import type { ChatStore } from '../index';

/** Keeps what a person has written over a reload of the tab: what waits to be sent, and what is half-written. */
export function keepOverReload(store: ChatStore): void {
  store.watch(
    (state) => state.outbox.entries,
    () => void store.dispatch('outbox/keep'),
    { deep: true },
  );
  store.watch(
    (state) => state.drafts,
    () => void store.dispatch('drafts/keep'),
    { deep: true },
  );
}
