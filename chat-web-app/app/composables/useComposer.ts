import { computed, onBeforeUnmount } from 'vue';
import { useChatStore } from '../store/key';

/** ms without a key after which one is no longer typing. */
const PAUSE = 4_000;

/** What is being written in the composer; others are told that something is. */
export function useComposer() {
  const store = useChatStore();
  let pause: ReturnType<typeof setTimeout> | undefined;

  function tellTyping(isTyping: boolean): void {
    clearTimeout(pause);
    if (isTyping) pause = setTimeout(() => tellTyping(false), PAUSE);
    void store.dispatch('presence/type', isTyping);
  }
  onBeforeUnmount(() => clearTimeout(pause));

  return {
    text: computed({
      get: () => store.state.drafts.composer,
      set(text) {
        store.commit('drafts/typed', text);
        tellTyping(text.trim() !== '');
      },
    }),
  };
}
