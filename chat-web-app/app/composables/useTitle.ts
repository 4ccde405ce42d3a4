import { computed } from 'vue';
import { useChatStore } from '../store/key';
import { strings } from '../strings';

/** The tab's title, with the number of messages that were not seen. */
export function useTitle() {
  const store = useChatStore();
  return computed(() => {
    const count = store.getters['reading/unread'].length;
    return count > 0 ? strings.titleUnread(count) : strings.title;
  });
}
