import { markRaw } from 'vue';
import { createNameIndex } from './name-index';
import type { NameIndex } from './name-index';

export interface NamesState {
  /** Outside Vue's reactivity: `version` announces changes of tags. */
  index: NameIndex;
  version: number;
}

export interface SeenName {
  name: string | null;
  /** null for a row that no client wrote. */
  clientId: string | null;
}

const mutations = {
  seen(state: NamesState, people: readonly SeenName[]): void {
    let changed = false;
    for (const { name, clientId } of people) changed = state.index.add(name ?? '', clientId ?? '') || changed;
    if (changed) state.version += 1;
  },
};

/** The names that this tab has seen, to distinguish two authors of one name. */
export function createNamesModule() {
  return {
    namespaced: true as const,
    state: (): NamesState => ({ index: markRaw(createNameIndex()), version: 0 }),
    mutations,
  };
}
