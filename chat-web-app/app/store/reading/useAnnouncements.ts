import type { ChatRow } from '@chat/contract';
import { onBeforeUnmount, ref } from 'vue';
import { strings } from '../../strings';
import { useChatStore } from '../key';
import type { Arrival } from '../messages/state';
import { isRow } from '../messages/timeline';
import { comparePositions, endPosition, rowsAfter } from '../messages/position';
import type { Position } from '../messages/position';
import { useNames } from '../names/useNames';

/** ms. What happens within this time is announced together. */
const GATHER_TIME = 1_000;
/** More messages than this at once are only counted. */
const MAX_READ_OUT = 2;
/** Code units of one message that are read out. */
const MAX_LENGTH = 200;

/**
 * Announces to screen readers, at most once a second: new messages of others, their edits and
 * deletions of displayed messages, and what of this person's own failed.
 */
export function useAnnouncements() {
  const store = useChatStore();
  const { shownName } = useNames();
  const announcement = ref('');
  let announcedUpTo: Position | undefined;
  let edited = new Map<string, ChatRow>();
  let deleted = new Set<string>();
  let failed: string[] = [];
  let gathering: ReturnType<typeof setTimeout> | undefined;

  const newest = () => endPosition(store.state.messages.timeline.rows);
  const isOfOthers = (row: ChatRow) => row.client_id !== store.state.session.clientId;
  const gather = () => void (gathering ??= setTimeout(announce, GATHER_TIME));

  function announce(): void {
    gathering = undefined;
    const added = rowsAfter(store.state.messages.timeline.rows, announcedUpTo ?? newest()).filter(isOfOthers);
    announcedUpTo = newest();
    const read = readOut(shownName);
    const lines = [
      ...read(added, strings.chat.announced, strings.chat.announcedMany),
      ...read([...edited.values()], strings.chat.announcedEdit, strings.chat.announcedEdits),
      ...(deleted.size > 0 ? [strings.chat.announcedDeletions(deleted.size)] : []),
      ...failed,
    ];
    edited = new Map();
    deleted = new Set();
    failed = [];
    if (lines.length > 0) announcement.value = lines.join('\n');
  }

  /** Not those that the rewind replays: a message may come and go before the page is shown. */
  const wasAnnounced = (row: ChatRow) =>
    announcedUpTo !== undefined && comparePositions(row, announcedUpTo) <= 0;

  /** Called before the change is applied, so that the row it replaces is still held. */
  function noteChange({ type, row }: Arrival): void {
    const { timeline } = store.state.messages;
    const held = timeline.byId.get(row.msg_id);
    if (!isRow(held) || !isOfOthers(held) || timeline.indexOf(row.msg_id) < 0) return;
    if (!wasAnnounced(held)) return;
    if (type === 'DELETE') {
      edited.delete(row.msg_id);
      deleted.add(row.msg_id);
    } else if (row.revision > held.revision) edited.set(row.msg_id, row);
    else return;
    gather();
  }

  const stops = [
    store.watch(
      ({ messages }) => [messages.version, messages.history === 'loaded'] as const,
      ([, isLoaded]) => {
        // The messages that the page loads first are not announced.
        if (!isLoaded) return;
        announcedUpTo ??= newest();
        gather();
      },
      { immediate: true },
    ),
    store.subscribe(({ type, payload }) => {
      if (type === 'messages/arrived') noteChange(payload as Arrival);
    }),
    store.watch(
      ({ sending }) => sending.entries.filter(({ status }) => status === 'failed'),
      (now, before) => {
        const fresh = now.filter(({ id }) => !before.some((other) => other.id === id));
        failed.push(
          ...fresh.map(({ name, reason }) =>
            strings.pending.failedWith(strings.pending[name].failed, reason),
          ),
        );
        if (fresh.length > 0) gather();
      },
    ),
  ];
  onBeforeUnmount(() => {
    for (const stop of stops) stop();
    clearTimeout(gathering);
  });
  return { announcement };
}

/** Returns a function that turns a few rows into a line each, and many into one with their number. */
function readOut(shownName: ReturnType<typeof useNames>['shownName']) {
  return (
    rows: readonly ChatRow[],
    toLine: (name: string, text: string) => string,
    toSummary: (count: number) => string,
  ): string[] => {
    if (rows.length > MAX_READ_OUT) return [toSummary(rows.length)];
    return rows.map(({ username, client_id, msg_data }) =>
      toLine(shownName(username, client_id, strings.message.someone), (msg_data ?? '').slice(0, MAX_LENGTH)),
    );
  };
}
