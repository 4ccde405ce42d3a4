import type { AwayChange } from './changes';

export interface AwayState {
  /** What the reader has not seen, until they dismiss it; null without an absence worth a notice. */
  changes: readonly AwayChange[] | null;
  /** More happened than is known: the list starts from the newest messages. */
  isMore: boolean;
  /** The change that the reader is led to; null before the first. */
  index: number | null;
}

const mutations = {
  returned(state: AwayState, { changes, isMore }: { changes: readonly AwayChange[]; isMore: boolean }): void {
    state.changes = changes;
    state.isMore = isMore;
    state.index = null;
  },
  led(state: AwayState, index: number): void {
    state.index = index;
  },
  dismissed(state: AwayState): void {
    state.changes = null;
    state.index = null;
  },
};

/** What happened while the reader was away. Driven by reactions.ts. */
export function createAwayModule() {
  return {
    namespaced: true as const,
    state: (): AwayState => ({ changes: null, isMore: false, index: null }),
    mutations,
  };
}
