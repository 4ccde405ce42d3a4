import { DEFAULT_HISTORY_LIMIT, MAX_HISTORY_LIMIT } from '@chat/contract';
import type { PastRow } from '@chat/contract';
import { computed, onBeforeUnmount, ref, shallowRef, watch } from 'vue';
import { linkedMessage } from '../../utils/permalink';
import { useChatStore } from '../key';
import { createPastList } from './past-list';

/** ms without a movement of the slider before a request. */
const PAUSE = 150;
/** Most pages that are read to find the message of the address. */
const MAX_PAGES = 20;

/** The messages as they were at the time that the reader chose. */
export function usePast() {
  const store = useChatStore();
  const at = computed(() => store.state.past.at ?? Date.now());
  /** In display order. */
  const rows = shallowRef<readonly PastRow[]>([]);
  const status = ref<'loading' | 'loaded' | 'failed'>('loading');
  const older = ref<string | null>(null);
  /** The message of the address, once it is in the list. */
  const target = ref<string>();
  /** The time at which `rows` were read; undefined before that. */
  let readAt: number | undefined;
  let newest = 0;
  let pausing: ReturnType<typeof setTimeout> | undefined;

  /** Reads the newest page, or a page of older messages. Returns false when its answer is ignored. */
  async function read(limit: number, before?: string): Promise<boolean> {
    const request = (newest += 1);
    const time = before === undefined || readAt === undefined ? at.value : readAt;
    status.value = 'loading';
    try {
      const page = await store.dispatch('past/readPage', { at: time, limit, before });
      if (request !== newest) return false;
      const read = page.rows.toReversed();
      rows.value = before === undefined ? read : [...read, ...rows.value];
      older.value = page.next;
      readAt = time;
      status.value = 'loaded';
      return true;
    } catch (error) {
      if (request !== newest) return false;
      console.warn(`Reading the chat as it was at ${time} failed.`, error);
      status.value = 'failed';
      return false;
    }
  }

  const has = (msgId: string) => rows.value.some(({ msg_id }) => msg_id === msgId);

  async function readNewest(): Promise<void> {
    const wanted = linkedMessage(window.location.search);
    target.value = undefined;
    if (!(await read(DEFAULT_HISTORY_LIMIT)) || wanted === undefined) return;
    for (let page = 0; page < MAX_PAGES && !has(wanted) && older.value !== null; page += 1) {
      if (!(await read(MAX_HISTORY_LIMIT, older.value))) return;
    }
    if (has(wanted)) target.value = wanted;
  }

  async function readOlder(): Promise<void> {
    if (status.value === 'loaded' && older.value !== null) await read(DEFAULT_HISTORY_LIMIT, older.value);
  }

  watch(at, () => {
    clearTimeout(pausing);
    pausing = setTimeout(() => void readNewest(), PAUSE);
  });
  void readNewest();
  onBeforeUnmount(() => {
    clearTimeout(pausing);
    newest += 1;
  });

  return {
    at,
    status,
    target,
    hasOlder: computed(() => older.value !== null),
    list: computed(() => {
      void store.state.messages.received;
      const { byId } = store.state.messages.timeline;
      return createPastList(rows.value, store.state.session.clientId, (id) => byId.get(id) === 'deleted');
    }),
    readOlder,
    /** After a failure: of the newest page, or of older messages. */
    retry: () =>
      readAt === at.value && older.value !== null ? read(DEFAULT_HISTORY_LIMIT, older.value) : readNewest(),
  };
}
