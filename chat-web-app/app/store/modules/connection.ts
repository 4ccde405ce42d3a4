import type { ConnectionStatus } from '../../api/realtime';

export interface ConnectionState {
  status: ConnectionStatus;
  /** What the other side, or the browser, said about it. */
  reason: string | null;
  /** When this tab was last live, ms since the epoch; null while it is, and before it ever was. */
  offlineSince: number | null;
  /** It was live before, and is again. */
  isBack: boolean;
}

/**
 * Whether this tab hears everything right now.
 * @param now ms since the epoch
 */
export function createConnectionModule(now: () => number = Date.now) {
  const mutations = {
    changed(state: ConnectionState, { status, reason }: { status: ConnectionStatus; reason?: string }): void {
      if (state.status === 'live' && status !== 'live') state.offlineSince = now();
      state.isBack = status === 'live' && state.offlineSince !== null;
      if (status === 'live') state.offlineSince = null;
      // An attempt to come back is not being back: offline stays the truth until it succeeds.
      const isOnlyTrying = status === 'connecting' && state.offlineSince !== null;
      state.status = isOnlyTrying ? 'offline' : status;
      state.reason = reason ?? (isOnlyTrying ? state.reason : null);
    },
    /** "Back online" was shown for long enough. */
    welcomed(state: ConnectionState): void {
      state.isBack = false;
    },
  };
  return {
    namespaced: true as const,
    state: (): ConnectionState => ({ status: 'connecting', reason: null, offlineSince: null, isBack: false }),
    mutations,
  };
}
