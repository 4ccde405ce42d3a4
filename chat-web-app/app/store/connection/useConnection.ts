import { computed, inject } from 'vue';
import { strings } from '../../strings';
import { formatTime } from '../../utils/moment';
import { reconnectKey, useChatStore } from '../key';

/** The connection as shown to the person, and the way to reconnect after a permanent failure. */
export function useConnection() {
  const store = useChatStore();
  return {
    connection: computed(() => store.state.connection),
    offlineText: computed(() => {
      const since = store.state.connection.offlineSince;
      return since === null
        ? strings.connection.offline
        : strings.connection.offlineSince(formatTime(new Date(since)));
    }),
    reconnect: inject(reconnectKey, () => undefined),
  };
}
