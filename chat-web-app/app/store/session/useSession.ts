import { computed } from 'vue';
import { useChatStore } from '../key';

export function useSession() {
  const store = useChatStore();
  return {
    nickname: computed(() => store.state.session.nickname),
    joined: computed(() => store.state.session.nickname !== null),
    sourceUrl: computed(() => store.state.session.config?.sourceUrl),
    offers: computed(() => store.state.session.offers),
    isKept: computed(() => store.state.session.isKept),
    /** The number of messages, edits and deletions that Ably has not accepted. */
    unsent: computed(
      () =>
        store.state.sending.entries.filter(({ status }) => status !== 'acknowledged' && status !== 'overdue')
          .length,
    ),
    join: (nickname: string) => store.dispatch('session/join', nickname),
    leave: () => store.dispatch('session/leave'),
    continueAs: (owner: string) => store.dispatch('session/continueAs', owner),
    forget: (owner: string) => store.dispatch('session/forget', owner),
  };
}
