import { computed, onBeforeUnmount } from 'vue';
import { useChatStore } from '../key';

/** ms without a key press after which the person no longer counts as typing. */
const TYPING_PAUSE = 4_000;

/** The draft of a new message. Changing it announces to others that this person is typing. */
export function useComposer() {
  const store = useChatStore();
  let pause: ReturnType<typeof setTimeout> | undefined;

  function announceTyping(isTyping: boolean): void {
    clearTimeout(pause);
    if (isTyping) pause = setTimeout(() => announceTyping(false), TYPING_PAUSE);
    void store.dispatch('presence/type', isTyping);
  }
  onBeforeUnmount(() => clearTimeout(pause));

  return {
    text: computed({
      get: () => store.state.drafts.composer,
      set(text) {
        store.commit('drafts/composerTyped', text);
        announceTyping(text.trim() !== '');
      },
    }),
  };
}
