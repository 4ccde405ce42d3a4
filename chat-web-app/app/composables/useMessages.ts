import { computed } from 'vue';
import { useChatStore } from '../store/key';
import { createShownList } from '../utils/shown-messages';

/** The list of messages and what one can do with it. */
export function useMessages() {
  const store = useChatStore();
  return {
    /** Anew with every change of what there is; what is not looked at is not made. */
    list: computed(() => {
      void store.state.messages.version;
      const { timeline } = store.state.messages;
      return createShownList(timeline, store.state.outbox.entries, store.state.session.clientId);
    }),
    history: computed(() => store.state.messages.history),
    hasOlder: computed(() => store.state.messages.older !== null),
    loadOlder: () => store.dispatch('messages/loadOlder'),
    catchUp: () => store.dispatch('messages/catchUp'),
    send: (content: string) => {
      // Who answers has read.
      store.commit('reading/marked', null);
      return store.dispatch('outbox/send', content);
    },
    remove: (msgId: string) => store.dispatch('outbox/remove', msgId),
    retry: (entryId: string) => store.dispatch('outbox/retry', entryId),
    discard: (entryId: string) => store.commit('outbox/discarded', entryId),
  };
}
