import type { MessageVersions } from '@chat/contract';

export interface OpenVersions {
  msgId: string;
  /** The version displayed; null follows the newest. */
  revision: number | null;
}

export interface VersionsState {
  /** The message whose versions are displayed: one at most. */
  open: OpenVersions | null;
}

/** Returns null when there is no such message. */
export type ReadVersions = (msgId: string) => Promise<MessageVersions | null>;

const mutations = {
  opened(state: VersionsState, open: OpenVersions): void {
    state.open = open;
  },
  closed(state: VersionsState): void {
    state.open = null;
  },
};

/** Which versions are displayed. Everything else about them loads on demand. */
export function createVersionsModule(readVersions: ReadVersions) {
  const actions = {
    read: (_scope: unknown, msgId: string): Promise<MessageVersions | null> => readVersions(msgId),
  };
  return {
    namespaced: true as const,
    state: (): VersionsState => ({ open: null }),
    mutations,
    actions,
  };
}
