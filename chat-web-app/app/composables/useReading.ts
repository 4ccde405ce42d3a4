import { computed, onBeforeUnmount, onMounted, ref, watchEffect } from 'vue';
import type { Ref } from 'vue';
import { useChatStore } from '../store/key';

/** What is unread, missed and marked. */
export function useUnread() {
  const store = useChatStore();
  return {
    unread: computed(() => store.getters['reading/unread'].length),
    markedId: computed(() => store.state.reading.markedId),
    missed: computed(() => store.state.reading.missed),
    dismissMissed: () => store.commit('reading/dismissed'),
  };
}

/** Tells the store whether the newest message is being looked at: its end is on the screen, and the screen on the page. */
export function useLooking(atEnd: Ref<boolean>): void {
  const store = useChatStore();
  const isVisible = ref(document.visibilityState === 'visible');
  const follow = () => (isVisible.value = document.visibilityState === 'visible');
  onMounted(() => document.addEventListener('visibilitychange', follow));
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', follow);
    store.commit('reading/looked', false);
  });
  watchEffect(() => store.commit('reading/looked', isVisible.value && atEnd.value), { flush: 'sync' });
}
