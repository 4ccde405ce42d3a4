import type { ChatStore } from '../index';
import type { Update } from '../messages/module';

/** Collects the names of rows, of the presence set and of this tab as they arrive. */
export function collectNames(store: ChatStore): void {
  store.subscribe(({ type, payload }) => {
    if (type === 'messages/apply') {
      const rows = (payload as Update[]).flatMap(({ update }) => (update === 'deleted' ? [] : [update]));
      store.commit(
        'names/seen',
        rows.map(({ username, client_id }) => ({ name: username, clientId: client_id })),
      );
    } else if (type.startsWith('presence/')) {
      store.commit('names/seen', store.getters['presence/people']);
    } else if (type.startsWith('session/')) {
      const { nickname, clientId } = store.state.session;
      if (nickname !== null && clientId !== null) store.commit('names/seen', [{ name: nickname, clientId }]);
    }
  });
}
