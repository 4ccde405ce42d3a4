import type { ChatStore } from '../index';
import type { Judged, RangeRead, Update } from '../messages/state';
import type { NamedAuthor } from './module';

/** Collects the names of messages, of the presence set and of this tab as they change. */
export function collectNames(store: ChatStore): void {
  store.subscribe(({ type, payload }) => {
    if (type === 'messages/apply') {
      nameMessages(
        store,
        (payload as Update[]).map(({ msgId }) => msgId),
      );
    } else if (type === 'messages/rangeRead' || type === 'messages/arrivalsJudged') {
      nameMessages(store, (payload as RangeRead | Judged).absent);
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

function nameMessages(store: ChatStore, ids: readonly string[]): void {
  const { byId } = store.state.messages.timeline;
  const authorsOf = (id: string): NamedAuthor[] => {
    const row = byId.get(id);
    if (row === undefined || row === 'deleted') return [];
    return [{ name: row.username, clientId: row.client_id }];
  };
  store.commit(
    'names/named',
    ids.map((id) => ({ place: `message ${id}`, authors: authorsOf(id) })),
  );
}
