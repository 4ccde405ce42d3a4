import type { SearchPage } from '@chat/contract';
import type { Archive, SearchRequest } from '../../api/archive';

/** Everything else about search loads on demand. */
export function createSearchModule(openArchive: () => Promise<Archive>) {
  const actions = {
    find: async (_scope: unknown, request: SearchRequest): Promise<SearchPage> =>
      (await openArchive()).search(request),
  };
  return { namespaced: true as const, actions };
}
