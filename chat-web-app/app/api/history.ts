import { HistoryPageSchema, ROUTES } from '@chat/contract';
import type { HistoryPage } from '@chat/contract';
import { requestJson } from './request-json';

export interface HistoryRequest {
  /** 1..100 */
  limit: number;
  /** The `next` of the previous page; absent for the newest page. */
  before?: string;
}

/** Reads one page of messages from the database, newest first. */
export function readHistory({ limit, before }: HistoryRequest): Promise<HistoryPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (before !== undefined) query.set('before', before);
  return requestJson(`${ROUTES.chatHistory}?${query.toString()}`, HistoryPageSchema);
}
