import { computed } from 'vue';
import { useChatStore } from '../key';

export function useSession() {
  const store = useChatStore();
  return {
    joined: computed(() => store.state.session.nickname !== null),
    sourceUrl: computed(() => store.state.session.config?.sourceUrl),
    join: (nickname: string) => store.dispatch('session/join', nickname),
  };
}
