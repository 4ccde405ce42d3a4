import { markRaw } from 'vue';
import { createNameIndex } from './name-index';
import type { NameIndex } from './name-index';

export interface NamedAuthor {
  name: string | null;
  /** null for a row that no client wrote. */
  clientId: string | null;
}

export interface NamesState {
  /** Outside Vue's reactivity, like `sources`: `version` announces changes of tags. */
  index: NameIndex;
  /** The authors named at each place: a message by its id, the presence set, this tab. */
  sources: Map<string, readonly NamedAuthor[]>;
  version: number;
}

const mutations = {
  /** Replaces the authors named at each place; an empty list clears the place. */
  named(state: NamesState, places: readonly { place: string; authors: readonly NamedAuthor[] }[]): void {
    let changed = false;
    const { index, sources } = state;
    for (const { place, authors } of places) {
      const before = sources.get(place) ?? [];
      if (authors.length > 0) sources.set(place, authors);
      else sources.delete(place);
      // Added first: an author who stays changes nothing.
      for (const { name, clientId } of authors) changed = index.add(name ?? '', clientId ?? '') || changed;
      for (const { name, clientId } of before) changed = index.remove(name ?? '', clientId ?? '') || changed;
    }
    if (changed) state.version += 1;
  },
};

/** The names that this tab shows, to distinguish two authors of one name. */
export function createNamesModule() {
  return {
    namespaced: true as const,
    state: (): NamesState => ({ index: markRaw(createNameIndex()), sources: markRaw(new Map()), version: 0 }),
    mutations,
  };
}
