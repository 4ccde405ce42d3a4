import { HistoryPageSchema, ROUTES } from '@chat/contract';
import type { HistoryPage } from '@chat/contract';
import { requestJson } from './request-json';
import type { TabStorage } from './tab-storage';

export interface HistoryRequest {
  /** 1..100 */
  limit: number;
  /** The `next` of the previous page; absent for the newest page. */
  before?: string;
}

/**
 * Returns the reader of history: one page of messages from the database, newest first. It sends the
 * tab's identity, once there is one: a deployment may show its history to known people only.
 */
export function createHistoryReader(tab: Pick<TabStorage, 'read'>) {
  return ({ limit, before }: HistoryRequest): Promise<HistoryPage> => {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before !== undefined) query.set('before', before);
    const identity = tab.read('identity');
    return requestJson(`${ROUTES.chatHistory}?${query.toString()}`, HistoryPageSchema, {
      headers: identity === undefined ? {} : { authorization: `Bearer ${identity}` },
    });
  };
}
