import { computed } from 'vue';
import { useChatStore } from '../key';

/** The open edit, compared with the current text of its row. */
export function useEditing() {
  const store = useChatStore();
  const edit = computed(() => store.state.drafts.edit);
  const row = computed(() => {
    void store.state.messages.version;
    return edit.value && store.state.messages.timeline.byId.get(edit.value.msgId);
  });
  const rowText = computed(() =>
    row.value && row.value !== 'deleted' ? (row.value.msg_data ?? '') : undefined,
  );

  return {
    edit,
    text: computed({
      get: () => edit.value?.text ?? '',
      set: (text) => store.commit('drafts/editTyped', text),
    }),
    /** The row's text, when it is neither the text that editing began with nor the typed one. */
    conflict: computed(() => {
      if (!edit.value || rowText.value === undefined) return undefined;
      const { base, text } = edit.value;
      const isConflict = rowText.value !== base && rowText.value.trim() !== text.trim();
      return isConflict ? rowText.value : undefined;
    }),
    /** The message was deleted during the edit. */
    isOrphan: computed(() => row.value === 'deleted'),

    begin: (msgId: string, text: string) => store.commit('drafts/editOpened', { msgId, text, base: text }),
    keepMine: () => store.commit('drafts/editRebased', rowText.value ?? ''),
    close: () => store.commit('drafts/editClosed'),
    /** Closes the edit, and publishes it unless the row already has this text. */
    async save(content: string): Promise<void> {
      const open = edit.value;
      if (!open) return;
      const isUnchanged = content === open.base.trim() || content === rowText.value;
      store.commit('drafts/editClosed');
      if (!isUnchanged) await store.dispatch('sending/edit', { msgId: open.msgId, content });
    },
    /** Appends the typed text to the draft of a new message. */
    moveToComposer(): void {
      const draft = [store.state.drafts.composer.trimEnd(), edit.value?.text ?? ''].filter(Boolean);
      store.commit('drafts/composerTyped', draft.join('\n'));
      store.commit('drafts/editClosed');
    },
  };
}
