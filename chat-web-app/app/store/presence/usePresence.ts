import { computed } from 'vue';
import { formatCount, strings } from '../../strings';
import { useChatStore } from '../key';
import { useNames } from '../names/useNames';
import { isCrowded } from './module';

/** The presence set as displayed. Its heading shows when it may be outdated. */
export function usePresence() {
  const store = useChatStore();
  const { shownName } = useNames();
  const members = computed(() => {
    const { presence, session } = store.state;
    const all = store.getters['presence/people'];
    const isListed = !presence.isFull || all.some(({ clientId }) => clientId === session.clientId);
    if (isListed || session.clientId === null) return all;
    return [...all, { clientId: session.clientId, name: session.nickname, isTyping: false }];
  });
  const people = computed(() => {
    const { presence, session } = store.state;
    const all = members.value.map((person) => {
      const isMe = person.clientId === session.clientId;
      return {
        ...person,
        name: shownName(person.name, person.clientId, strings.presence.unnamed),
        isMe,
        isUnlisted: isMe && presence.isFull,
      };
    });
    // This person first: among a hundred members they would not find themselves.
    return all.sort((a, b) => Number(b.isMe) - Number(a.isMe));
  });
  const isLive = computed(() => store.state.connection.status === 'live');
  const count = computed(() => {
    const { presence } = store.state;
    if (!presence.isLoaded) return undefined;
    return Math.max(people.value.length, isCrowded(presence) ? (presence.online ?? 0) : 0);
  });
  return {
    people,
    isLive,
    count,
    /** People who are online and not in the list. */
    unlisted: computed(() => (count.value ?? 0) - people.value.length),
    heading: computed(() => {
      if (count.value === undefined) return strings.presence.loading;
      return `${isLive.value ? strings.presence.heading : strings.presence.headingOffline} (${formatCount(count.value)})`;
    }),
    /** "Ann and Bo are typing…", or empty. */
    typing: computed(() => {
      const names = people.value.filter((person) => person.isTyping && !person.isMe).map(({ name }) => name);
      return isLive.value && names.length > 0 ? strings.presence.typing(names) : '';
    }),
  };
}
