import type { ChatStore } from '../index';
import type { Update } from '../messages/module';

/** Collects the names of messages, of the presence set and of this tab as they change. */
export function collectNames(store: ChatStore): void {
  store.subscribe(({ type, payload }) => {
    if (type === 'messages/apply') {
      const { byId } = store.state.messages.timeline;
      const places = (payload as Update[]).map(({ msgId }) => {
        const row = byId.get(msgId);
        const authors =
          row === undefined || row === 'deleted' ? [] : [{ name: row.username, clientId: row.client_id }];
        return { place: `message ${msgId}`, authors };
      });
      store.commit('names/named', places);
    } else if (type.startsWith('presence/')) {
      const authors = store.getters['presence/people'];
      store.commit('names/named', [{ place: 'presence', authors }]);
    } else if (type.startsWith('session/')) {
      const { nickname: name, clientId } = store.state.session;
      const authors = name === null || clientId === null ? [] : [{ name, clientId }];
      store.commit('names/named', [{ place: 'tab', authors }]);
    }
  });
}
