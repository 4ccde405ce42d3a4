import type { ChatRow } from '@chat/contract';
import { onBeforeUnmount, ref } from 'vue';
import { strings } from '../../strings';
import { useChatStore } from '../key';
import { endPosition, rowsAfter } from '../messages/position';
import type { Position } from '../messages/position';
import { useNames } from '../names/useNames';

/** ms. Messages that arrive within this time are announced together. */
const GATHER_TIME = 1_000;
/** More messages than this at once are only counted. */
const MAX_READ_OUT = 2;
/** Code units of one message that are read out. */
const MAX_LENGTH = 200;

/** Announces new messages of others to screen readers, at most once a second. */
export function useAnnouncements() {
  const store = useChatStore();
  const { shownName } = useNames();
  const announcement = ref('');
  let announcedUpTo: Position | undefined;
  let gathering: ReturnType<typeof setTimeout> | undefined;

  const newest = () => endPosition(store.state.messages.timeline.rows);
  const isOfOthers = (row: ChatRow) => row.client_id !== store.state.session.clientId;

  function announce(): void {
    gathering = undefined;
    const rows = rowsAfter(store.state.messages.timeline.rows, announcedUpTo ?? newest());
    const unannounced = rows.filter(isOfOthers);
    announcedUpTo = newest();
    if (unannounced.length > 0) announcement.value = toText(unannounced, shownName);
  }

  const stop = store.watch(
    ({ messages }) => [messages.version, messages.history === 'loaded'] as const,
    ([, isLoaded]) => {
      // The messages that the page loads first are not announced.
      if (!isLoaded) return;
      announcedUpTo ??= newest();
      gathering ??= setTimeout(announce, GATHER_TIME);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => {
    stop();
    clearTimeout(gathering);
  });
  return { announcement };
}

function toText(rows: readonly ChatRow[], shownName: ReturnType<typeof useNames>['shownName']): string {
  if (rows.length > MAX_READ_OUT) return strings.chat.announcedMany(rows.length);
  return rows
    .map(({ username, client_id, msg_data }) => {
      const name = shownName(username, client_id, strings.message.someone);
      return strings.chat.announced(name, (msg_data ?? '').slice(0, MAX_LENGTH));
    })
    .join('\n');
}
