import { connect, fail } from '../connection/connect';
import type { ChatStore } from '../index';
import type { ChatApi } from '../modules';

/**
 * When the person leaves or continues as another: closes the connection, which removes the old one
 * from the presence set, restores what the new one has stored, and connects again.
 */
export function followIdentity(store: ChatStore, api: ChatApi): void {
  store.watch(
    ({ session }) => session.owner,
    () => {
      // First: the queue of one person must not be published by the connection of the other.
      api.realtime.close();
      store.commit('connection/replaced');
      void store.dispatch('presence/type', false);
      void store.dispatch('sending/restore');
      void store.dispatch('drafts/restore');
      void connect(store, api).catch((error: unknown) => fail(store, error));
    },
    { flush: 'sync' },
  );
}

/** Lists the persons of closed tabs for as long as this tab's person has not joined. */
export function offerIdentities(store: ChatStore, { identities }: ChatApi): void {
  let stop: (() => void) | undefined;
  store.watch(
    ({ session }) => session.nickname === null,
    (isVisitor) => {
      stop?.();
      stop = isVisitor
        ? identities.watchOffers((offers) => store.commit('session/offered', offers))
        : undefined;
    },
    { flush: 'sync', immediate: true },
  );
}
