import { defineNuxtPlugin } from '#imports';
import { createHistoryReader } from '~/api/history';
import { createRealtime } from '~/api/realtime';
import { startSession } from '~/api/session';
import { createTabStorage } from '~/api/tab-storage';
import { createChatStore } from '~/store';
import { connect, fail } from '~/store/connection/connect';
import { reconnectKey, storeKey } from '~/store/key';
import type { ChatApi } from '~/store/modules';
import { startChat } from '~/store/start';

/** The only place where the store is connected to the real network. */
export default defineNuxtPlugin(({ vueApp }) => {
  const tab = createTabStorage();
  const api: ChatApi = {
    startSession,
    readHistory: createHistoryReader(tab),
    realtime: createRealtime(),
    tab,
  };
  const store = createChatStore(api, import.meta.dev);
  const orFail = (start: Promise<void>) => void start.catch((error: unknown) => fail(store, error));
  vueApp.provide(storeKey, store);
  vueApp.provide(reconnectKey, () => orFail(connect(store, api)));
  orFail(startChat(store, api));
});
