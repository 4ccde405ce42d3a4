import { computed } from 'vue';
import { strings } from '../../strings';
import { useChatStore } from '../key';
import { useNames } from '../names/useNames';

/** The presence set as displayed. Its heading shows when it may be outdated. */
export function usePresence() {
  const store = useChatStore();
  const { shownName } = useNames();
  const people = computed(() =>
    store.getters['presence/people'].map((person) => ({
      ...person,
      name: shownName(person.name, person.clientId, strings.presence.unnamed),
      isMe: person.clientId === store.state.session.clientId,
    })),
  );
  const isLive = computed(() => store.state.connection.status === 'live');
  const count = computed(() => (store.state.presence.isLoaded ? people.value.length : undefined));
  return {
    people,
    isLive,
    count,
    heading: computed(() => {
      if (count.value === undefined) return strings.presence.loading;
      return `${isLive.value ? strings.presence.heading : strings.presence.headingOffline} (${count.value})`;
    }),
    /** "Ann and Bo are typing…", or empty. */
    typing: computed(() => {
      const names = people.value.filter((person) => person.isTyping && !person.isMe).map(({ name }) => name);
      return isLive.value && names.length > 0 ? strings.presence.typing(names) : '';
    }),
  };
}
