import { computed } from 'vue';
import { useChatStore } from '../store/key';
import { strings } from '../strings';
import { displayName } from '../utils/display-name';

/** Who is here, told as true only while we are connected and would hear of a change. */
export function usePresence() {
  const store = useChatStore();
  const ownId = computed(() => store.state.session.clientId);
  const people = computed(() =>
    store.getters['presence/people'].map((person) => ({
      ...person,
      name: displayName(person.name) || strings.presence.unnamed,
      isMe: person.clientId === ownId.value,
    })),
  );
  const isLive = computed(() => store.state.connection.status === 'live');
  const count = computed(() => (store.state.presence.known ? people.value.length : undefined));
  return {
    people,
    isLive,
    count,
    heading: computed(() => {
      if (count.value === undefined) return strings.presence.loading;
      return `${isLive.value ? strings.presence.heading : strings.presence.headingOffline} (${count.value})`;
    }),
    /** Who else is writing right now, in words. */
    typing: computed(() => {
      const names = people.value.filter((person) => person.isTyping && !person.isMe).map(({ name }) => name);
      return isLive.value && names.length > 0 ? strings.presence.typing(names) : '';
    }),
  };
}
