import type { PastPage, Timeline } from '@chat/contract';
import type { Archive, PastRequest } from '../../api/archive';

export interface PastState {
  /** The time at which the reader looks at the chat, ms since the epoch; null is the present. */
  at: number | null;
}

const mutations = {
  moved(state: PastState, at: number | null): void {
    state.at = at;
  },
};

/** The time that the page shows. Everything else about the past loads on demand. */
export function createPastModule(openArchive: () => Promise<Archive>) {
  const actions = {
    readPage: async (_scope: unknown, request: PastRequest): Promise<PastPage> =>
      (await openArchive()).readPast(request),
    readTimeline: async (): Promise<Timeline> => (await openArchive()).readTimeline(),
  };
  return { namespaced: true as const, state: (): PastState => ({ at: null }), mutations, actions };
}
