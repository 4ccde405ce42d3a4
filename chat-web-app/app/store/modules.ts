import type { HistoryPage, Session } from '@chat/contract';
import type { HistoryRequest } from '../api/history';
import type { Realtime } from '../api/realtime/types';
import type { TabStorage } from '../api/tab-storage';
import { createConnectionModule } from './connection/module';
import { createDraftsModule } from './drafts/module';
import { createMessagesModule } from './messages/module';
import { createNamesModule } from './names/module';
import { createPresenceModule } from './presence/module';
import { createReadingModule } from './reading/module';
import { createSendingModule } from './sending/module';
import { createSessionModule } from './session/module';
import { createTraceModule } from './trace/module';

/** Everything outside the page that the store depends on. */
export interface ChatApi {
  startSession: (identity: string | undefined) => Promise<Session>;
  readHistory: (request: HistoryRequest) => Promise<HistoryPage>;
  realtime: Realtime;
  tab: TabStorage;
}

/** All modules, by name. The types of state, getters and actions derive from this object. */
export function createModules({ startSession, readHistory, realtime, tab }: ChatApi) {
  return {
    session: createSessionModule(startSession, tab),
    connection: createConnectionModule(),
    messages: createMessagesModule(readHistory),
    sending: createSendingModule(realtime, tab),
    drafts: createDraftsModule(tab),
    reading: createReadingModule(),
    presence: createPresenceModule(realtime),
    names: createNamesModule(),
    trace: createTraceModule(),
  };
}
