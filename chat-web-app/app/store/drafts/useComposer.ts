import { computed } from 'vue';
import { useChatStore } from '../key';
import { useTyping } from '../presence/useTyping';

/** The draft of a new message. Changing it announces to others that this person is typing. */
export function useComposer() {
  const store = useChatStore();
  const { announceTyping } = useTyping();
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
