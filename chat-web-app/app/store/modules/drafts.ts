import * as v from 'valibot';
import type { TabStorage } from '../../api/tab-storage';
import type { RootState } from '../state';
import type { Scope } from '../typed';

const EditSchema = v.object({
  msgId: v.string(),
  /** As typed so far. */
  text: v.string(),
  /** What the row said when editing began, or when the person last chose between it and their own words. */
  base: v.string(),
});

const DraftsSchema = v.object({ composer: v.string(), edit: v.nullable(EditSchema) });

export type Edit = v.InferOutput<typeof EditSchema>;
export type DraftsState = v.InferOutput<typeof DraftsSchema>;

type DraftsScope = Scope<DraftsState, RootState, typeof mutations>;

const mutations = {
  typed(state: DraftsState, text: string): void {
    state.composer = text;
  },
  /** One edit at a time, so that it is always clear which text Enter saves. */
  editing(state: DraftsState, edit: Edit): void {
    state.edit = edit;
  },
  editTyped(state: DraftsState, text: string): void {
    if (state.edit) state.edit.text = text;
  },
  /** The person has seen what the row says now, and goes on with their own words. */
  rebased(state: DraftsState, base: string): void {
    if (state.edit) state.edit.base = base;
  },
  closed(state: DraftsState): void {
    state.edit = null;
  },
  restored(state: DraftsState, { composer, edit }: DraftsState): void {
    state.composer = composer;
    state.edit = edit;
  },
};

/** What is being written and not sent yet. It lives here and not in a field, which may be scrolled away or reloaded. */
export function createDraftsModule(tab: TabStorage) {
  const actions = {
    restore({ commit }: DraftsScope): void {
      const kept = v.safeParse(v.pipe(v.string(), v.parseJson(), DraftsSchema), tab.read('drafts'));
      if (kept.success) commit('restored', kept.output);
    },
    keep({ state }: DraftsScope): void {
      tab.write('drafts', JSON.stringify(state));
    },
  };
  return {
    namespaced: true as const,
    state: (): DraftsState => ({ composer: '', edit: null }),
    mutations,
    actions,
  };
}
