import { computed } from 'vue';
import { useChatStore } from '../store/key';
import { toShownMessages } from '../utils/shown-messages';

/** The list of messages and what one can do with it. */
export function useMessages() {
  const store = useChatStore();
  return {
    messages: computed(() =>
      toShownMessages(
        store.getters['messages/rows'],
        store.state.outbox.entries,
        store.state.session.clientId,
      ),
    ),
    history: computed(() => store.state.messages.history),
    hasOlder: computed(() => store.state.messages.older !== null),
    loadOlder: () => store.dispatch('messages/loadOlder'),
    catchUp: () => store.dispatch('messages/catchUp'),
    send: (content: string) => store.dispatch('outbox/send', content),
    edit: (msgId: string, content: string) => store.dispatch('outbox/edit', { msgId, content }),
    remove: (msgId: string) => store.dispatch('outbox/remove', msgId),
    retry: (entryId: string) => store.dispatch('outbox/retry', entryId),
    discard: (entryId: string) => store.commit('outbox/discarded', entryId),
  };
}
