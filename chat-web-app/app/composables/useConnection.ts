import { computed, inject } from 'vue';
import { reconnectKey, useChatStore } from '../store/key';
import { strings } from '../strings';
import { formatTime } from '../utils/moment';

/** Whether this tab hears everything, since when it does not, and the way back after a failure. */
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
