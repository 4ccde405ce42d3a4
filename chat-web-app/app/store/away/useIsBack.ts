import { computed } from 'vue';
import { useChatStore } from '../key';

/** Whether the reader has returned to changes that they have not seen. */
export function useIsBack() {
  const store = useChatStore();
  return computed(() => store.state.away.changes !== null);
}
