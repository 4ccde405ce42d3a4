import { onBeforeUnmount, ref } from 'vue';
import type { ChatRow } from '@chat/contract';
import { useChatStore } from '../store/key';
import type { Place } from '../store/timeline/merge';
import { BEGINNING, placeOf, rowsAfter } from '../store/timeline/unread';
import { strings } from '../strings';
import { displayName } from '../utils/display-name';

/** ms in which what comes is said together. */
const GATHER = 1_000;
/** More than these at once are only counted; of a long one only the beginning is read out. */
const MOST_READ_OUT = 2;
const MOST_CHARACTERS = 200;

/** Puts into words, at most once a second, what came of others at the end of the list since the last time. */
export function useAnnouncements() {
  const store = useChatStore();
  const said = ref('');
  let upTo: Place | undefined;
  const newest = () => {
    const last = store.state.messages.timeline.rows.at(-1);
    return last ? placeOf(last) : BEGINNING;
  };
  let gathering: ReturnType<typeof setTimeout> | undefined;

  const isOthers = (row: ChatRow) => row.client_id !== store.state.session.clientId;

  function say(): void {
    gathering = undefined;
    const news = rowsAfter(store.state.messages.timeline.rows, upTo ?? newest()).filter(isOthers);
    upTo = newest();
    if (news.length > 0) said.value = inWords(news);
  }

  const stop = store.watch(
    ({ messages }) => [messages.version, messages.history === 'read'] as const,
    ([, isRead]) => {
      // What was there when the page was opened is read by whoever wants to, not read out.
      if (!isRead) return;
      upTo ??= newest();
      gathering ??= setTimeout(say, GATHER);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => {
    stop();
    clearTimeout(gathering);
  });
  return { said };
}

function inWords(rows: readonly ChatRow[]): string {
  if (rows.length > MOST_READ_OUT) return strings.chat.announcedMany(rows.length);
  return rows
    .map(({ username, msg_data }) => {
      const name = displayName(username) || strings.message.someone;
      return strings.chat.announced(name, (msg_data ?? '').slice(0, MOST_CHARACTERS));
    })
    .join('\n');
}
