import { onScopeDispose } from 'vue';
import { useChatStore } from '../key';

/** ms without a key press after which the person no longer counts as typing. */
const TYPING_PAUSE = 4_000;

/** Announces to others that this person is typing a message or an edit. */
export function useTyping() {
  const store = useChatStore();
  let pause: ReturnType<typeof setTimeout> | undefined;

  function announceTyping(isTyping: boolean): void {
    clearTimeout(pause);
    if (isTyping) pause = setTimeout(() => announceTyping(false), TYPING_PAUSE);
    void store.dispatch('presence/type', isTyping);
  }
  // The field is gone, so no further key press could end it.
  onScopeDispose(() => {
    if (pause !== undefined) announceTyping(false);
  });

  return { announceTyping };
}
