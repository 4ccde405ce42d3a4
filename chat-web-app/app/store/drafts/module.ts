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

const DraftsSchema = v.object({
  composer: v.string(),
  /** Edits that are not saved, oldest first: one for each message. */
  edits: v.array(EditSchema),
  /** The message whose edit is open. One at most, so that it is clear which text Enter saves. */
  open: v.nullable(v.string()),
});

export type Edit = v.InferOutput<typeof EditSchema>;
export type DraftsState = v.InferOutput<typeof DraftsSchema>;

type DraftsScope = Scope<DraftsState, typeof mutations>;

const mutations = {
  composerTyped(state: DraftsState, text: string): void {
    state.composer = text;
  },
  /** Opens the edit of a message: its unsaved one, if there is one. Another open edit is kept. */
  editOpened(state: DraftsState, edit: Edit): void {
    state.edits = state.edits.filter(({ msgId, text, base }) => msgId === edit.msgId || text !== base);
    if (!state.edits.some(({ msgId }) => msgId === edit.msgId)) state.edits.push(edit);
    state.open = edit.msgId;
  },
  editTyped(state: DraftsState, text: string): void {
    const edit = openEdit(state);
    if (edit) edit.text = text;
  },
  /** @param base the row's current text, which the author has seen and wants to replace */
  editRebased(state: DraftsState, base: string): void {
    const edit = openEdit(state);
    if (edit) edit.base = base;
  },
  /** The edit of a message is saved or dropped. */
  editEnded(state: DraftsState, msgId: string): void {
    state.edits = state.edits.filter((edit) => edit.msgId !== msgId);
    if (state.open === msgId) state.open = null;
  },
  restored(state: DraftsState, drafts: DraftsState): void {
    Object.assign(state, drafts);
  },
};

function emptyDrafts(): DraftsState {
  return { composer: '', edits: [], open: null };
}

export function openEdit({ edits, open }: DraftsState): Edit | undefined {
  return edits.find(({ msgId }) => msgId === open);
}

/** Text that is not sent yet. It lives in the store because its field may be unmounted. */
export function createDraftsModule(tab: TabStorage) {
  const actions = {
    restore({ commit }: DraftsScope): void {
      const stored = v.safeParse(v.pipe(v.string(), v.parseJson(), DraftsSchema), tab.read('drafts'));
      commit('restored', stored.success ? stored.output : emptyDrafts());
    },
    persist({ state }: DraftsScope): void {
      tab.write('drafts', JSON.stringify(state));
    },
  };
  return {
    namespaced: true as const,
    state: emptyDrafts,
    mutations,
    actions,
  };
}
