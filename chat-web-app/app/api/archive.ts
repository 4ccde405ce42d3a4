import { PastPageSchema, ROUTES, SearchPageSchema, TimelineSchema } from '@chat/contract';
import type { PastPage, SearchPage, Timeline } from '@chat/contract';
import { identityHeader } from './identity-header';
import { requestJson } from './request-json';
import type { TabStorage } from './tab-storage';

export interface SearchRequest {
  /** The words, 1..200 characters. */
  q: string;
  /** The `next` of the previous page; absent for the newest matches. */
  before?: string;
}

export interface PastRequest {
  /** ms since the epoch */
  at: number;
  /** 1..100 */
  limit: number;
  /** The `next` of the previous page; absent for the newest page. */
  before?: string;
}

/** What the database has of earlier times, and finds in it. */
export interface Archive {
  search: (request: SearchRequest) => Promise<SearchPage>;
  readPast: (request: PastRequest) => Promise<PastPage>;
  readTimeline: () => Promise<Timeline>;
}

export function createArchive(tab: Pick<TabStorage, 'read'>): Archive {
  const headers = () => ({ headers: identityHeader(tab) });
  return {
    search: (request) =>
      requestJson(`${ROUTES.chatSearch}?${queryOf({ ...request })}`, SearchPageSchema, headers()),
    readPast: (request) =>
      requestJson(`${ROUTES.chatHistory}?${queryOf({ ...request })}`, PastPageSchema, headers()),
    readTimeline: () => requestJson(ROUTES.chatTimeline, TimelineSchema, headers()),
  };
}

function queryOf(parameters: Record<string, string | number | undefined>): string {
  const present = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return new URLSearchParams(present.map(([name, value]) => [name, String(value)])).toString();
}
