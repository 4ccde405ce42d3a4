import { computed } from 'vue';
import { useChatStore } from '../key';

/** Whether the versions of a message are displayed, and how to open and close them. */
export function useOpenVersions(msgId: () => string) {
  const store = useChatStore();
  const isOpen = computed(() => store.state.versions.open?.msgId === msgId());
  const close = () => store.commit('versions/closed');
  return {
    isOpen,
    close,
    toggle: () =>
      isOpen.value ? close() : store.commit('versions/opened', { msgId: msgId(), revision: null }),
  };
}
