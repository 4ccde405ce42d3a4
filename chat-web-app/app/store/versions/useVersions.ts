import type { MessageVersion, MessageVersions } from '@chat/contract';
import { computed, ref, shallowRef, watch } from 'vue';
import { useChatStore } from '../key';
import { isRow } from '../messages/timeline';
import { hasGap, withCurrent } from './version-list';

/** The versions of a message, read when the component is set up and kept current by its row changes. */
export function useVersions(msgId: string) {
  const store = useChatStore();
  const answer = shallowRef<MessageVersions>();
  const status = ref<'loading' | 'loaded' | 'failed'>('loading');
  const row = computed(() => {
    void store.state.messages.version;
    const held = store.state.messages.timeline.byId.get(msgId);
    return isRow(held) ? held : undefined;
  });
  const versions = computed(() => answer.value?.versions ?? []);
  const newest = computed(() => versions.value.at(-1)?.revision);

  /** The version displayed: the chosen one, or the newest. */
  const index = computed(() => {
    const chosen = store.state.versions.open?.revision ?? newest.value;
    const found = versions.value.findIndex(({ revision }) => revision === chosen);
    return found < 0 ? versions.value.length - 1 : found;
  });

  async function read(): Promise<void> {
    if (!answer.value) status.value = 'loading';
    try {
      const found = await store.dispatch('versions/read', msgId);
      if (!found) store.commit('versions/closed');
      else answer.value = { ...found, versions: withCurrent(found.versions, row.value) };
      status.value = 'loaded';
    } catch (error) {
      console.warn(`Reading the versions of message ${msgId} failed.`, error);
      status.value = 'failed';
    }
  }
  void read();

  // Each row: the next one replaces it.
  watch(
    row,
    () => {
      if (!answer.value) return;
      // Row changes were merged or missed: the versions between them are in the database alone.
      if (hasGap(versions.value, row.value)) void read();
      else answer.value = { ...answer.value, versions: withCurrent(versions.value, row.value) };
    },
    { flush: 'sync' },
  );

  return {
    status,
    versions,
    index,
    isComplete: computed(() => answer.value?.complete ?? true),
    read,
    select({ revision }: MessageVersion): void {
      store.commit('versions/opened', { msgId, revision: revision === newest.value ? null : revision });
    },
    restore: (content: string) => store.dispatch('sending/edit', { msgId, content }),
  };
}
