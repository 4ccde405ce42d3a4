import { ChatChangesSchema, ROUTES } from '@chat/contract';
import type { ChatChanges } from '@chat/contract';
import { identityHeader } from './identity-header';
import { requestJson } from './request-json';
import type { TabStorage } from './tab-storage';

/** Returns the reader of changes: what was committed since a cursor of an earlier answer. */
export function createChangesReader(tab: Pick<TabStorage, 'read'>) {
  return (since: string): Promise<ChatChanges> => {
    const query = new URLSearchParams({ since });
    return requestJson(`${ROUTES.chatChanges}?${query.toString()}`, ChatChangesSchema, {
      headers: identityHeader(tab),
    });
  };
}
