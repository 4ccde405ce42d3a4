import type { ConnectionStatus } from '../../api/realtime';

export interface ConnectionState {
  status: ConnectionStatus;
  /** What the other side, or the browser, said about it. */
  reason: string | null;
}

const mutations = {
  changed(state: ConnectionState, { status, reason }: { status: ConnectionStatus; reason?: string }): void {
    state.status = status;
    state.reason = reason ?? null;
  },
};

/** Whether this tab hears everything right now. */
export function createConnectionModule() {
  return {
    namespaced: true as const,
    state: (): ConnectionState => ({ status: 'connecting', reason: null }),
    mutations,
  };
}
