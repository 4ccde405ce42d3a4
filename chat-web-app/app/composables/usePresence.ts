import { computed } from 'vue';
import { useChatStore } from '../store/key';
import { strings } from '../strings';

/** Who is here, told as true only while we are connected and would hear of a change. */
export function usePresence() {
  const store = useChatStore();
  const people = computed(() => store.getters['presence/people']);
  const isLive = computed(() => store.state.connection.status === 'live');
  const count = computed(() => (store.state.presence.known ? people.value.length : undefined));
  return {
    people,
    isLive,
    count,
    ownId: computed(() => store.state.session.clientId),
    heading: computed(() => {
      if (count.value === undefined) return strings.presence.loading;
      return `${isLive.value ? strings.presence.heading : strings.presence.headingOffline} (${count.value})`;
    }),
  };
}
