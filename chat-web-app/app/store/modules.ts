import type { Session } from '@chat/contract';
import type { Archive } from '../api/archive';
import type { Identities } from '../api/identities';
import type { Realtime } from '../api/realtime/types';
import type { TabStorage } from '../api/tab-storage';
import type { Clock } from './clock';
import type { LastVisits } from '../api/last-visit';
import { createAwayModule } from './away/module';
import { createConnectionModule } from './connection/module';
import { createDetailsModule } from './details/module';
import { createDraftsModule } from './drafts/module';
import { createMessagesModule } from './messages/module';
import type { MessagesApi } from './messages/reads';
import { createNamesModule } from './names/module';
import { createPastModule } from './past/module';
import { createPresenceModule } from './presence/module';
import { createReadingModule } from './reading/module';
import { createSearchModule } from './search/module';
import { createSendingModule } from './sending/module';
import { createSessionModule } from './session/module';
import { createTraceModule } from './trace/module';
import { createVersionsModule } from './versions/module';

/** Everything outside the page that the store depends on. */
export interface ChatApi extends MessagesApi {
  startSession: (identity: string | undefined) => Promise<Session>;
  realtime: Realtime;
  /** Loads what reads earlier times. */
  openArchive: () => Promise<Archive>;
  tab: TabStorage;
  identities: Identities;
  lastVisit: LastVisits;
  clock: Clock;
}

/** All modules, by name. The types of state, getters and actions derive from this object. */
export function createModules(api: ChatApi) {
  const { startSession, readHistory, readChanges, readVersions, openArchive } = api;
  const { realtime, tab, identities, clock } = api;
  return {
    session: createSessionModule(startSession, tab, identities, clock.now),
    connection: createConnectionModule(clock.now),
    messages: createMessagesModule({ readHistory, readChanges, readVersions }, clock),
    sending: createSendingModule(realtime, tab, clock),
    drafts: createDraftsModule(tab),
    reading: createReadingModule(),
    away: createAwayModule(),
    presence: createPresenceModule(realtime),
    names: createNamesModule(),
    trace: createTraceModule(),
    details: createDetailsModule(),
    versions: createVersionsModule(readVersions),
    search: createSearchModule(openArchive),
    past: createPastModule(openArchive),
  };
}
