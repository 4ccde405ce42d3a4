import { computed } from 'vue';
import { useChatStore } from '../store/key';

/** The edit that is open, against what the row says meanwhile. */
export function useEditing() {
  const store = useChatStore();
  const edit = computed(() => store.state.drafts.edit);
  const row = computed(() => {
    void store.state.messages.version;
    return edit.value && store.state.messages.timeline.known.get(edit.value.msgId);
  });
  const theirs = computed(() =>
    row.value && row.value !== 'deleted' ? (row.value.msg_data ?? '') : undefined,
  );

  return {
    edit,
    text: computed({
      get: () => edit.value?.text ?? '',
      set: (text) => store.commit('drafts/editTyped', text),
    }),
    /** What the row says now, when that is neither what editing began with nor what was typed. */
    conflict: computed(() => {
      if (!edit.value || theirs.value === undefined) return undefined;
      const isNews = theirs.value !== edit.value.base && theirs.value.trim() !== edit.value.text.trim();
      return isNews ? theirs.value : undefined;
    }),
    /** The message was deleted while it was being edited: what was typed is still here. */
    isOrphan: computed(() => row.value === 'deleted'),

    begin: (msgId: string, text: string) => store.commit('drafts/editing', { msgId, text, base: text }),
    keepMine: () => store.commit('drafts/rebased', theirs.value ?? ''),
    close: () => store.commit('drafts/closed'),
    /** Publishes unless there is nothing to: unchanged by this person, or the same as what the row says already. */
    async save(content: string): Promise<void> {
      const open = edit.value;
      if (!open) return;
      store.commit('drafts/closed');
      if (content === open.base.trim() || content === theirs.value) return;
      await store.dispatch('outbox/edit', { msgId: open.msgId, content });
    },
    /** What was typed becomes a new message to be, after what is there already. */
    moveToComposer(): void {
      const written = [store.state.drafts.composer.trimEnd(), edit.value?.text ?? '']
        .filter(Boolean)
        .join('\n');
      store.commit('drafts/typed', written);
      store.commit('drafts/closed');
    },
  };
}
