import * as v from 'valibot';
import type { TabStorage } from '../../api/tab-storage';
import type { Scope } from '../typed';

const EditSchema = v.object({
  msgId: v.string(),
  /** As typed so far. */
  text: v.string(),
  /** The row's text when editing began, or when the author last chose "Keep mine". */
  base: v.string(),
});

const DraftsSchema = v.object({ composer: v.string(), edit: v.nullable(EditSchema) });

export type Edit = v.InferOutput<typeof EditSchema>;
export type DraftsState = v.InferOutput<typeof DraftsSchema>;

type DraftsScope = Scope<DraftsState, typeof mutations>;

const mutations = {
  composerTyped(state: DraftsState, text: string): void {
    state.composer = text;
  },
  /** There is one open edit at most, so that it is always clear which text Enter saves. */
  editOpened(state: DraftsState, edit: Edit): void {
    state.edit = edit;
  },
  editTyped(state: DraftsState, text: string): void {
    if (state.edit) state.edit.text = text;
  },
  /** @param base the row's current text, which the author has seen and wants to replace */
  editRebased(state: DraftsState, base: string): void {
    if (state.edit) state.edit.base = base;
  },
  editClosed(state: DraftsState): void {
    state.edit = null;
  },
  restored(state: DraftsState, { composer, edit }: DraftsState): void {
    state.composer = composer;
    state.edit = edit;
  },
};

/** Text that is not sent yet. It lives in the store because its field may be unmounted. */
export function createDraftsModule(tab: TabStorage) {
  const actions = {
    restore({ commit }: DraftsScope): void {
      const stored = v.safeParse(v.pipe(v.string(), v.parseJson(), DraftsSchema), tab.read('drafts'));
      if (stored.success) commit('restored', stored.output);
    },
    persist({ state }: DraftsScope): void {
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
