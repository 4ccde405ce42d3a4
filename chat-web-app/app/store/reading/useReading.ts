import { computed, onBeforeUnmount, onMounted, ref, watchEffect } from 'vue';
import type { Ref } from 'vue';
import { strings } from '../../strings';
import { useChatStore } from '../key';

/** The unread messages, and the divider above them. */
export function useUnread() {
  const store = useChatStore();
  return {
    unread: computed(() => store.getters['reading/unread'].length),
    dividerId: computed(() => store.state.reading.dividerId),
  };
}

/** Keeps the store informed whether the newest message of the present is on the screen, and visible. */
export function useReadingPosition(atEnd: Ref<boolean>): void {
  const store = useChatStore();
  const isVisible = ref(document.visibilityState === 'visible');
  const update = () => (isVisible.value = document.visibilityState === 'visible');
  onMounted(() => document.addEventListener('visibilitychange', update));
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', update);
    store.commit('reading/viewChanged', false);
  });
  const isShown = computed(() => isVisible.value && atEnd.value && store.state.past.at === null);
  watchEffect(() => store.commit('reading/viewChanged', isShown.value), { flush: 'sync' });
}

/** The title of the tab, with the number of unread messages. */
export function useTitle() {
  const store = useChatStore();
  return computed(() => {
    const count = store.getters['reading/unread'].length;
    return count > 0 ? strings.titleUnread(count) : strings.title;
  });
}
