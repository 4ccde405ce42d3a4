import type { ChatChanges, ChatRow, HistoryPage, MessageVersions, Session } from '@chat/contract';
import type { Archive } from '~/api/archive';
import type { HistoryRequest } from '~/api/history';
import type { IncomingMessage, Realtime, RealtimeListener, RealtimeOptions } from '~/api/realtime/types';
import type { LastVisit } from '~/api/last-visit';
import { createIdentities } from '~/api/identities';
import type { LockApi } from '~/api/identities/locks';
import { createIdentityRecords } from '~/api/identities/records';
import type { TabKey, TabStorage } from '~/api/tab-storage';
import { createChatStore } from '~/store';
import { systemClock } from '~/store/clock';
import type { ChatApi } from '~/store/modules';

export interface Published {
  name: string;
  data: object;
  id: string;
}

/** The store's dependencies: records what they receive, and answers as the test configures. */
export interface FakeApi extends ChatApi {
  published: Published[];
  entered: object[];
  /** The answer to entering presence. */
  onEnter: () => Promise<void>;
  occupancyRequests: number;
  /** The answer to a publish; by default Ably acknowledges everything. */
  onPublish: (message: Published) => Promise<void>;
  /** Set once the store has opened the realtime client. */
  listener?: RealtimeListener;
  options?: RealtimeOptions;
  /** The content of the tab storage. */
  stored: Map<TabKey, string>;
  /** The identity of each request to start a session. */
  sessionRequests: (string | undefined)[];
  historyRequests: HistoryRequest[];
  history: (request: HistoryRequest) => Promise<HistoryPage>;
  changesRequests: string[];
  /** By default more has happened than an answer holds. */
  changes: (since: string) => Promise<ChatChanges>;
  versionsRequests: string[];
  /** By default there is no such message. */
  versions: (msgId: string) => Promise<MessageVersions | null>;
  /** By default an empty chat. */
  archive: Archive;
  /** What this browser has stored of the last visit. */
  visit?: LastVisit;
}

export function aSession(clientId = 'me'): Session {
  return {
    tokenRequest: {
      keyName: 'app.key',
      clientId,
      capability: '{}',
      timestamp: Date.now(),
      nonce: 'n',
      mac: 'm',
    },
    identity: `credential of ${clientId}`,
    config: {
      channels: { outgoing: 'outgoing-chat', incoming: 'incoming-chat' },
      sourceUrl: 'https://example.org/source',
    },
  };
}

/** @param lockApi by default none, as in a browser without the Web Locks API */
export function fakeApi(lockApi?: LockApi): FakeApi {
  const realtime: Realtime = {
    open: (options, listener) => {
      api.options = options;
      api.listener = listener;
      return Promise.resolve();
    },
    publish: (name, data, id) => {
      const message = { name, data, id };
      api.published.push(message);
      return api.onPublish(message);
    },
    watchOccupancy: () => void (api.occupancyRequests += 1),
    enterPresence: (data) => {
      api.entered.push(data);
      return api.onEnter();
    },
    close: () => undefined,
  };
  const tab: TabStorage = {
    read: (key) => api.stored.get(key),
    write: (key, value) => void api.stored.set(key, value),
    clear: () => api.stored.clear(),
  };
  const api: FakeApi = {
    published: [],
    entered: [],
    onEnter: () => Promise.resolve(),
    occupancyRequests: 0,
    onPublish: () => Promise.resolve(),
    stored: new Map(),
    sessionRequests: [],
    historyRequests: [],
    history: () => Promise.resolve({ rows: [], next: null }),
    changesRequests: [],
    changes: (since) => Promise.resolve({ changes: [], cursor: since, complete: false }),
    versionsRequests: [],
    versions: () => Promise.resolve(null),
    archive: {
      search: () => Promise.resolve({ matches: [], next: null }),
      readPast: () => Promise.resolve({ rows: [], next: null }),
      readTimeline: () => Promise.resolve({ from: null, to: 1_000, edits: [] }),
    },
    openArchive: () => Promise.resolve(api.archive),
    realtime,
    startSession: (identity) => {
      api.sessionRequests.push(identity);
      return Promise.resolve(aSession());
    },
    readHistory: (request) => {
      api.historyRequests.push(request);
      return api.history(request);
    },
    readChanges: (since) => {
      api.changesRequests.push(since);
      return api.changes(since);
    },
    readVersions: (msgId) => {
      api.versionsRequests.push(msgId);
      return api.versions(msgId);
    },
    tab,
    identities: createIdentities({ tab, records: createIdentityRecords(), lockApi }),
    lastVisit: {
      read: () => api.visit,
      write: (visit) => void (api.visit = visit),
      remove: () => void delete api.visit,
    },
    clock: systemClock,
  };
  return api;
}

/** A message on the incoming channel, published at 5,000 ms on Ably's clock. */
export function incoming(data: unknown): IncomingMessage {
  return { id: 'outbox-row-1', timestamp: 5_000, data };
}

/** Answers history requests from these rows, which are read again for each page. */
export function historyOf(rows: () => readonly ChatRow[]): FakeApi['history'] {
  return ({ limit, before }) => {
    const newestFirst = [...rows()].sort(
      (a, b) => Number(b.incremental_record_id) - Number(a.incremental_record_id),
    );
    const older = newestFirst.filter(
      (row) => before === undefined || row.incremental_record_id < Number(before.split(',')[1]),
    );
    const page = older.slice(0, limit);
    const last = page.at(-1);
    const next =
      older.length > limit && last ? `${last.created_at_timestamp},${last.incremental_record_id}` : null;
    return Promise.resolve({ rows: page, next });
  };
}

/** A store without reactions, joined as "Me" (client id `me`) and live. */
export async function liveStore(api: FakeApi = fakeApi()) {
  const store = createChatStore(api, true);
  store.commit('session/started', { clientId: 'me', config: aSession().config });
  await store.dispatch('session/join', 'Me');
  store.commit('connection/changed', { status: 'live' });
  return { api, store };
}
