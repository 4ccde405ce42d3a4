import type { ChatRow, HistoryPage, Session } from '@chat/contract';
import type { HistoryRequest } from '~/api/history';
import type { IncomingMessage, Realtime, RealtimeListener, RealtimeOptions } from '~/api/realtime';
import type { TabKey } from '~/api/tab-storage';
import { createChatStore } from '~/store';
import type { ChatApi } from '~/store/modules';

export interface Published {
  name: string;
  data: object;
  id: string;
}

/** The outside of the store, which can be asked what it received and told what to answer. */
export interface FakeApi extends ChatApi {
  published: Published[];
  entered: object[];
  /** What publish does; by default Ably takes everything. */
  onPublish: (message: Published) => Promise<void>;
  /** Set once the store has opened the realtime client. */
  listener?: RealtimeListener;
  options?: RealtimeOptions;
  kept: Map<TabKey, string>;
  sessionsAsked: (string | undefined)[];
  historyAsked: HistoryRequest[];
  history: (request: HistoryRequest) => Promise<HistoryPage>;
}

export function aSession(clientId = 'me'): Session {
  return {
    tokenRequest: { keyName: 'app.key', clientId, capability: '{}', timestamp: 1, nonce: 'n', mac: 'm' },
    identity: `credential of ${clientId}`,
    config: {
      channels: { outgoing: 'outgoing-chat', incoming: 'incoming-chat' },
      sourceUrl: 'https://example.org/source',
    },
  };
}

export function fakeApi(): FakeApi {
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
    enterPresence: (data) => {
      api.entered.push(data);
      return Promise.resolve();
    },
    close: () => undefined,
  };
  const api: FakeApi = {
    published: [],
    entered: [],
    onPublish: () => Promise.resolve(),
    kept: new Map(),
    sessionsAsked: [],
    historyAsked: [],
    history: () => Promise.resolve({ rows: [], next: null }),
    realtime,
    startSession: (identity) => {
      api.sessionsAsked.push(identity);
      return Promise.resolve(aSession());
    },
    readHistory: (request) => {
      api.historyAsked.push(request);
      return api.history(request);
    },
    tab: { read: (key) => api.kept.get(key), write: (key, value) => void api.kept.set(key, value) },
  };
  return api;
}

/** As it comes over the channel: published by the connector at 5,000 ms on Ably's clock. */
export function incoming(data: unknown): IncomingMessage {
  return { id: 'outbox-row-1', timestamp: 5_000, data };
}

/** Pages over these rows as the database would give them, read anew for each page. */
export function historyOf(rows: () => readonly ChatRow[]): FakeApi['history'] {
  return ({ limit, before }) => {
    const newestFirst = [...rows()].sort((a, b) => b.incremental_record_id - a.incremental_record_id);
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

/** A store that is joined as "Me" (client id `me`) and live. */
export async function liveStore(api: FakeApi = fakeApi()) {
  const store = createChatStore(api, true);
  store.commit('session/started', { clientId: 'me', config: aSession().config });
  await store.dispatch('session/join', 'Me');
  store.commit('connection/changed', { status: 'live' });
  return { api, store };
}
