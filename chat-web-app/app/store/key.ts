import { inject } from 'vue';
import type { InjectionKey } from 'vue';
import type { ChatStore } from './index';

export const storeKey: InjectionKey<ChatStore> = Symbol('chat store');

/** Opens a new connection after the old one failed permanently. */
export const reconnectKey: InjectionKey<() => void> = Symbol('reconnect');

export function useChatStore(): ChatStore {
  const store = inject(storeKey);
  if (!store) {
    throw new Error('No chat store is provided: call app.provide(storeKey, store) before mounting.');
  }
  return store;
}
