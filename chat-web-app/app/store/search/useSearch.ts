import { MAX_SEARCH_LENGTH } from '@chat/contract';
import type { SearchMatch } from '@chat/contract';
import { computed, onBeforeUnmount, ref, shallowRef, watch } from 'vue';
import { useChatStore } from '../key';
import { boundRow, boundText } from '../messages/bound-row';

/** ms without a key before a request. */
const PAUSE = 200;

/** The messages that contain the words typed, also those of which only an older version does. */
export function useSearch() {
  const store = useChatStore();
  const words = ref('');
  const status = ref<'idle' | 'loading' | 'loaded' | 'failed'>('idle');
  const found = shallowRef<readonly SearchMatch[]>([]);
  /** The words that `found` contains. */
  const searched = ref('');
  const next = ref<string | null>(null);
  let newest = 0;
  let pausing: ReturnType<typeof setTimeout> | undefined;

  async function read(before?: string): Promise<void> {
    const request = (newest += 1);
    const q = before === undefined ? trimmed(words.value) : searched.value;
    status.value = 'loading';
    try {
      const page = await store.dispatch('search/find', { q, before });
      if (request !== newest) return;
      found.value = [...(before === undefined ? [] : found.value), ...page.matches.map(bound)];
      searched.value = q;
      next.value = page.next;
      status.value = 'loaded';
    } catch (error) {
      if (request !== newest) return;
      console.warn(`Searching for "${q}" failed.`, error);
      status.value = 'failed';
    }
  }

  function clear(): void {
    // Answers under way are ignored.
    newest += 1;
    found.value = [];
    next.value = null;
    searched.value = '';
    status.value = 'idle';
  }

  watch(words, (now) => {
    clearTimeout(pausing);
    if (trimmed(now) === '') clear();
    else pausing = setTimeout(() => void read(), PAUSE);
  });
  onBeforeUnmount(() => {
    clearTimeout(pausing);
    newest += 1;
  });

  return {
    words,
    status,
    searched,
    next,
    /** Without messages that were deleted since. */
    matches: computed(() => {
      void store.state.messages.received;
      const { byId } = store.state.messages.timeline;
      return found.value.filter(({ row }) => byId.get(row.msg_id) !== 'deleted');
    }),
    more: () => read(next.value ?? undefined),
    retry: () => read(trimmed(words.value) === searched.value ? (next.value ?? undefined) : undefined),
  };
}

function trimmed(words: string): string {
  return Array.from(words.trim()).slice(0, MAX_SEARCH_LENGTH).join('').trim();
}

function bound({ row, revision, content }: SearchMatch): SearchMatch {
  return { row: boundRow(row), revision, content: boundText(content) };
}
