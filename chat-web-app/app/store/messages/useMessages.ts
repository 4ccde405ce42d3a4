import { computed } from 'vue';
import { useChatStore } from '../key';
import { firstMessages } from './first-messages';
import { createShownList } from './shown-list';

/** The displayed list of messages and what a person can do with it. */
export function useMessages() {
  const store = useChatStore();
  return {
    list: computed(() => {
      void store.state.messages.version;
      const { timeline } = store.state.messages;
      return createShownList(timeline, store.state.sending.entries, store.state.session.clientId);
    }),
    history: computed(() => store.state.messages.history),
    hasOlder: computed(() => store.state.messages.older !== null),
    restarted: computed(() => store.state.messages.restarted),
    dismissRestart: () => store.commit('messages/restarted', false),
    loadOlder: () => store.dispatch('messages/loadOlder'),
    catchUp: () => store.dispatch('messages/catchUp'),
    send: (content: string) => {
      // Sending a message also clears the "New messages" divider.
      store.commit('reading/dividerMoved', null);
      return store.dispatch('sending/send', content);
    },
    remove: (msgId: string) => store.dispatch('sending/remove', msgId),
  };
}

/** Returns the loader of a component that is loaded after the first messages. */
export function useAfterMessages<Component>(load: () => Promise<Component>): () => Promise<Component> {
  const store = useChatStore();
  return () => firstMessages(store).then(load);
}
