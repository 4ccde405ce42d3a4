import { createStore } from 'vuex';
import { createModules } from './modules';
import type { ChatApi } from './modules';
import type { StateOf, TypedStore } from './typed';

type Modules = ReturnType<typeof createModules>;

export type ChatStore = TypedStore<Modules>;

/**
 * @param strict throws when state changes outside a mutation; slow, so only for development
 */
export function createChatStore(api: ChatApi, strict: boolean): ChatStore {
  return createStore<StateOf<Modules>>({ strict, modules: createModules(api) });
}
