import { createStore } from 'vuex';
import type { HistoryRequest } from '../api/history';
import type { Realtime } from '../api/realtime';
import type { TabStorage } from '../api/tab-storage';
import type { HistoryPage, Session } from '@chat/contract';
import { createConnectionModule } from './modules/connection';
import { createDraftsModule } from './modules/drafts';
import { createMessagesModule } from './modules/messages';
import { createOutboxModule } from './modules/outbox';
import { createPresenceModule } from './modules/presence';
import { createReadingModule } from './modules/reading';
import { createSessionModule } from './modules/session';
import { createTraceModule } from './modules/trace';
import type { RootState } from './state';
import type { Namespaced, TypedStore } from './typed';

/** All that the store may touch of the outside. */
export interface ChatApi {
  startSession: (identity: string | undefined) => Promise<Session>;
  readHistory: (request: HistoryRequest) => Promise<HistoryPage>;
  realtime: Realtime;
  tab: TabStorage;
}

type Messages = ReturnType<typeof createMessagesModule>;
type Presence = ReturnType<typeof createPresenceModule>;
type Outbox = ReturnType<typeof createOutboxModule>;
type Drafts = ReturnType<typeof createDraftsModule>;
type Reading = ReturnType<typeof createReadingModule>;
type Trace = ReturnType<typeof createTraceModule>;
type SessionModule = ReturnType<typeof createSessionModule>;
type ConnectionModule = ReturnType<typeof createConnectionModule>;

type Mutations = Namespaced<'messages', Messages['mutations']> &
  Namespaced<'presence', Presence['mutations']> &
  Namespaced<'outbox', Outbox['mutations']> &
  Namespaced<'drafts', Drafts['mutations']> &
  Namespaced<'reading', Reading['mutations']> &
  Namespaced<'trace', Trace['mutations']> &
  Namespaced<'session', SessionModule['mutations']> &
  Namespaced<'connection', ConnectionModule['mutations']>;

type Actions = Namespaced<'messages', Messages['actions']> &
  Namespaced<'presence', Presence['actions']> &
  Namespaced<'outbox', Outbox['actions']> &
  Namespaced<'drafts', Drafts['actions']> &
  Namespaced<'session', SessionModule['actions']>;

type Getters = Namespaced<'messages', Messages['getters']> &
  Namespaced<'reading', Reading['getters']> &
  Namespaced<'presence', Presence['getters']>;

export type ChatStore = TypedStore<RootState, Mutations, Actions, Getters>;

/** @param strict throw when state is changed outside a mutation; it watches everything, so only while developing */
export function createChatStore(api: ChatApi, strict: boolean): ChatStore {
  return createStore<RootState>({
    strict,
    modules: {
      session: createSessionModule(api.startSession, api.tab),
      connection: createConnectionModule(),
      messages: createMessagesModule(api.readHistory),
      outbox: createOutboxModule(api.realtime, api.tab),
      drafts: createDraftsModule(api.tab),
      reading: createReadingModule(),
      presence: createPresenceModule(api.realtime),
      trace: createTraceModule(),
    },
  });
}
