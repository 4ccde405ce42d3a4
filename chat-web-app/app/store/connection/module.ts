import type { ConnectionStatus } from '../../api/realtime/types';

export interface ConnectionState {
  status: ConnectionStatus;
  /** Why the status is not `live`, in the words of Ably or the browser. */
  reason: string | null;
  /** When the tab was last live, ms since the epoch; null while it is live or never was. */
  offlineSince: number | null;
  /** Live after an interruption; "Back online" is on screen. */
  isBack: boolean;
}

/**
 * Whether this tab receives everything that is published.
 * @param now ms since the epoch
 */
export function createConnectionModule(now: () => number = Date.now) {
  const mutations = {
    changed(state: ConnectionState, { status, reason }: { status: ConnectionStatus; reason?: string }): void {
      if (state.status === 'live' && status !== 'live') state.offlineSince = now();
      state.isBack = status === 'live' && state.offlineSince !== null;
      if (status === 'live') state.offlineSince = null;
      // An attempt to reconnect is still offline until it succeeds.
      const isReconnecting = status === 'connecting' && state.offlineSince !== null;
      state.status = isReconnecting ? 'offline' : status;
      state.reason = reason ?? (isReconnecting ? state.reason : null);
    },
    /** Another identity connects: that is no interruption. */
    replaced(state: ConnectionState): void {
      Object.assign(state, { status: 'connecting', reason: null, offlineSince: null, isBack: false });
    },
    backOnlineEnded(state: ConnectionState): void {
      state.isBack = false;
    },
  };
  return {
    namespaced: true as const,
    state: (): ConnectionState => ({
      status: 'connecting',
      reason: null,
      offlineSince: null,
      isBack: false,
    }),
    mutations,
  };
}
