import type { ChatStore } from '../index';

/** Stores the drafts in the tab, so that they survive a reload. */
export function persistDrafts(store: ChatStore): void {
  store.watch(
    ({ drafts }) => drafts,
    () => void store.dispatch('drafts/persist'),
    { deep: true },
  );
}
