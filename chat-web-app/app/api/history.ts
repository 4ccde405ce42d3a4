import { HistoryPageSchema, ROUTES } from '@chat/contract';
import type { HistoryPage } from '@chat/contract';
import { withEarly } from './early-history';
import type { EarlyRequest } from './early-history';
import { identityHeader } from './identity-header';
import { requestJson } from './request-json';
import type { TabStorage } from './tab-storage';

export interface HistoryRequest {
  /** 1..100 */
  limit: number;
  /** The `next` of the previous page; absent for the newest page. */
  before?: string;
}

/**
 * Returns the reader of history: one page of messages from the database, newest first.
 * @param early the request that was sent before the page's modules ran
 */
export function createHistoryReader(tab: Pick<TabStorage, 'read'>, early?: EarlyRequest) {
  const send = withEarly(early);
  return ({ limit, before }: HistoryRequest): Promise<HistoryPage> => {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before !== undefined) query.set('before', before);
    const url = `${ROUTES.chatHistory}?${query.toString()}`;
    return requestJson(url, HistoryPageSchema, { headers: identityHeader(tab) }, send);
  };
}
