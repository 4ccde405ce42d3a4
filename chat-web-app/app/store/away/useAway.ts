import { computed } from 'vue';
import { useChatStore } from '../key';
import type { AwayChange } from './changes';

const KINDS = ['new', 'edited', 'deleted'] as const;

/** What happened while the reader was away, and leading them from change to change. */
export function useAway() {
  const store = useChatStore();
  const changes = computed(() => store.state.away.changes ?? []);
  const index = computed(() => store.state.away.index);

  function leadTo(next: number): void {
    const change = changes.value[next];
    if (!change) return;
    store.commit('away/led', next);
    store.commit('versions/closed');
    if (change.kind !== 'deleted') void display(change);
  }

  /** An edited message with the difference to what it said before. */
  async function display({ msgId, kind }: AwayChange): Promise<void> {
    await store.dispatch('messages/show', { msgId, keepsFocus: true });
    if (kind === 'edited' && store.state.messages.target?.status === 'found')
      store.commit('versions/opened', { msgId, revision: null });
  }

  return {
    isMore: computed(() => store.state.away.isMore),
    counts: computed(() => KINDS.map((wanted) => changes.value.filter(({ kind }) => kind === wanted).length)),
    total: computed(() => changes.value.length),
    index,
    current: computed(() => (index.value === null ? undefined : changes.value[index.value])),
    leadTo,
    dismiss: () => store.commit('away/dismissed'),
  };
}
