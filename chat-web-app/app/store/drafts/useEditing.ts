import { computed } from 'vue';
import { useChatStore } from '../key';
import { openEdit } from './module';

/** The open edit, compared with the current text of its row, and the other unsaved ones. */
export function useEditing() {
  const store = useChatStore();
  const edit = computed(() => openEdit(store.state.drafts));
  const rowOf = (msgId: string) => {
    void store.state.messages.version;
    return store.state.messages.timeline.byId.get(msgId);
  };
  const rowText = computed(() => {
    const row = edit.value && rowOf(edit.value.msgId);
    return row && row !== 'deleted' ? (row.msg_data ?? '') : undefined;
  });
  const end = (msgId: string) => store.commit('drafts/editEnded', msgId);

  return {
    edit,
    text: computed({
      get: () => edit.value?.text ?? '',
      set: (text) => store.commit('drafts/editTyped', text),
    }),
    /** Ids of messages with an unsaved edit that is not open. */
    unsaved: computed(() => {
      const { edits, open } = store.state.drafts;
      return new Set(edits.map(({ msgId }) => msgId).filter((msgId) => msgId !== open));
    }),
    /** The row's text, when it is neither the text that editing began with nor the typed one. */
    conflict: computed(() => {
      if (!edit.value || rowText.value === undefined) return undefined;
      const { base, text } = edit.value;
      const isConflict = rowText.value !== base && rowText.value.trim() !== text.trim();
      return isConflict ? rowText.value : undefined;
    }),
    /** An unsaved edit whose message was deleted. */
    orphan: computed(() => store.state.drafts.edits.find(({ msgId }) => rowOf(msgId) === 'deleted')),

    begin: (msgId: string, text: string) => store.commit('drafts/editOpened', { msgId, text, base: text }),
    keepMine: () => store.commit('drafts/editRebased', rowText.value ?? ''),
    /** Drops an unsaved edit, by default the open one. */
    drop: (msgId = edit.value?.msgId) => {
      if (msgId !== undefined) end(msgId);
    },
    /** Closes the edit, and publishes it unless the row already has this text. */
    async save(content: string): Promise<void> {
      const open = edit.value;
      if (!open) return;
      const isUnchanged = content === open.base.trim() || content === rowText.value;
      end(open.msgId);
      if (!isUnchanged) await store.dispatch('sending/edit', { msgId: open.msgId, content });
    },
    /** Appends an unsaved edit to the draft of a new message. */
    moveToComposer({ msgId, text }: { msgId: string; text: string }): void {
      store.commit('drafts/composerTyped', appended(store.state.drafts.composer, text));
      end(msgId);
    },
  };
}

/** A draft with another text below it. */
export function appended(draft: string, text: string): string {
  return [draft.trimEnd(), text].filter(Boolean).join('\n');
}
