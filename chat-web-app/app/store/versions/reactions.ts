import type { ChatStore } from '../index';
import { targetOf } from '../sending/entry';
import type { SendEntry } from '../sending/entry';

/** An edit or deletion of a message closes its versions: the author watches what becomes of it. */
export function closeVersionsOnChange(store: ChatStore): void {
  const closeOf = (msgId: string) => {
    if (store.state.versions.open?.msgId === msgId) store.commit('versions/closed');
  };
  store.subscribe(({ type, payload }) => {
    if (type === 'sending/added') closeOf(targetOf(payload as SendEntry));
    if (type === 'drafts/editOpened') closeOf((payload as { msgId: string }).msgId);
  });
}
