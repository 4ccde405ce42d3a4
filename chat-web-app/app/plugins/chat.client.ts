import { defineNuxtPlugin } from '#imports';
import { createChangesReader } from '~/api/changes';
import { createHistoryReader } from '~/api/history';
import { createIdentities } from '~/api/identities';
import { findLockApi } from '~/api/identities/locks';
import { createIdentityRecords } from '~/api/identities/records';
import { createLastVisits } from '~/api/last-visit';
import { createRealtime, preloadLibrary } from '~/api/realtime';
import { startSession } from '~/api/session';
import { createTabStorage } from '~/api/tab-storage';
import { createChatStore } from '~/store';
import { systemClock } from '~/store/clock';
import { connect, fail } from '~/store/connection/connect';
import { reconnectKey, storeKey } from '~/store/key';
import { firstMessages } from '~/store/messages/first-messages';
import type { ChatApi } from '~/store/modules';
import { startChat } from '~/store/start';

/** The only place where the store is connected to the real network. */
export default defineNuxtPlugin(({ vueApp }) => {
  const tab = createTabStorage();
  const api: ChatApi = {
    startSession,
    readHistory: createHistoryReader(tab, window.earlyHistory),
    readChanges: createChangesReader(tab),
    readVersions: async (msgId) => (await import('~/api/versions')).readVersions(tab, msgId),
    openArchive: async () => (await import('~/api/archive')).createArchive(tab),
    realtime: createRealtime(),
    tab,
    identities: createIdentities({ tab, records: createIdentityRecords(), lockApi: findLockApi() }),
    lastVisit: createLastVisits(),
    clock: systemClock,
  };
  const store = createChatStore(api, import.meta.dev);
  const orFail = (start: Promise<void>) => void start.catch((error: unknown) => fail(store, error));
  vueApp.provide(storeKey, store);
  vueApp.provide(reconnectKey, () => orFail(connect(store, api)));
  // At the same time as the session, but after the messages, whose rendering it would delay.
  void firstMessages(store).then(preloadLibrary);
  // Afterwards: the files that it stores would compete with those that the page needs to start.
  orFail(startChat(store, api).then(storePage));
});

async function storePage(): Promise<void> {
  const { registerServiceWorker } = await import('~/api/service-worker');
  await registerServiceWorker();
}
