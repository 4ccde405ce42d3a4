import { defineNuxtPlugin } from '#imports';
import { readHistory } from '~/api/history';
import { createRealtime } from '~/api/realtime';
import { startSession } from '~/api/session';
import { createTabStorage } from '~/api/tab-storage';
import { createChatStore } from '~/store';
import type { ChatApi } from '~/store';
import { startChat } from '~/store/bridge';
import { storeKey } from '~/store/key';

/** The one place where the store meets the real network. */
export default defineNuxtPlugin(({ vueApp }) => {
  const api: ChatApi = { startSession, readHistory, realtime: createRealtime(), tab: createTabStorage() };
  const store = createChatStore(api, import.meta.dev);
  vueApp.provide(storeKey, store);
  startChat(store, api).catch((error: unknown) => {
    // Not the network, which is waited for: the page itself could not be brought up, such as a chunk that is gone.
    store.commit('connection/changed', { status: 'failed', reason: String(error) });
  });
});
