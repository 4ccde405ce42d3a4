import { inject } from 'vue';
import type { InjectionKey } from 'vue';
import type { ChatStore } from './index';

export const storeKey: InjectionKey<ChatStore> = Symbol('chat store');

/** Opens the connection anew, after it failed for good. */
export const reconnectKey: InjectionKey<() => void> = Symbol('reconnect');

/** The store of this app, typed. */
export function useChatStore(): ChatStore {
  const store = inject(storeKey);
  if (!store) throw new Error('No chat store was provided: app.provide(storeKey, store) comes first.');
  return store;
}
