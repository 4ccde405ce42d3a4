import { computed, nextTick, onBeforeUnmount, watch } from 'vue';
import { useChatStore } from '../key';
import type { Target } from './state';

/** ms for which a message that the reader wanted to see is marked. */
const MARKED_FOR = 4_000;

/**
 * The message that the reader wants to see (`messages/show`).
 * @param reveal scrolls to a message of the list
 * @param focus moves the focus to it once it is rendered, for screen readers
 */
export function useTarget(reveal: (msgId: string) => void, focus: (msgId: string) => void) {
  const store = useChatStore();
  const target = computed(() => store.state.messages.target);
  let fading: ReturnType<typeof setTimeout> | undefined;

  async function arrive({ msgId, keepsFocus }: Target): Promise<void> {
    reveal(msgId);
    await nextTick();
    if (!keepsFocus) focus(msgId);
    fading = setTimeout(() => store.commit('messages/targeted', null), MARKED_FOR);
  }

  watch(
    target,
    (now) => {
      clearTimeout(fading);
      if (now?.status === 'found') void arrive(now);
    },
    { flush: 'post' },
  );
  onBeforeUnmount(() => clearTimeout(fading));

  return {
    target,
    retryTarget: () => target.value && store.dispatch('messages/show', target.value.msgId),
    dismissTarget: () => store.commit('messages/targeted', null),
  };
}
