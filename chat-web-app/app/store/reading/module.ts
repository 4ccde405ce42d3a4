import type { ChatRow } from '@chat/contract';
import type { MessagesState } from '../messages/state';
import { comparePositions, rowsAfter } from '../messages/position';
import type { Position } from '../messages/position';
import type { SessionState } from '../session/module';

export interface Missed {
  count: number;
  /** There are more, which the list does not hold: it starts from the newest messages. */
  isMore: boolean;
  firstId: string;
}

export interface Absence {
  /** The newest message when the connection was lost. */
  newest: Position;
  /** ms since the epoch */
  since: number;
}

export interface ReadingState {
  /** The newest message is on the screen. */
  isAtNewest: boolean;
  /** Everything up to here was read; null until history is loaded. */
  readUpTo: Position | null;
  /** The first of the latest unread messages, below the "New messages" divider; stays when read. */
  dividerId: string | null;
  /** null while the connection is live. */
  absence: Absence | null;
  /** The messages that arrived during the last absence, until the person dismisses the notice. */
  missed: Missed | null;
}

interface Others {
  messages: MessagesState;
  session: SessionState;
}

/** Messages of other authors after a position. */
function unreadAfter(position: Position | undefined, { messages, session }: Others): ChatRow[] {
  if (!position) return [];
  return rowsAfter(messages.timeline.rows, position).filter((row) => row.client_id !== session.clientId);
}

const mutations = {
  viewChanged(state: ReadingState, isAtNewest: boolean): void {
    state.isAtNewest = isAtNewest;
  },
  readTo(state: ReadingState, position: Position): void {
    state.readUpTo = position;
  },
  dividerMoved(state: ReadingState, msgId: string | null): void {
    state.dividerId = msgId;
  },
  absenceStarted(state: ReadingState, absence: Absence): void {
    state.absence ??= absence;
  },
  /** @param missed null when the absence is not worth a notice */
  absenceEnded(state: ReadingState, missed: Missed | null): void {
    state.absence = null;
    if (missed) state.missed = missed;
  },
  missedDismissed(state: ReadingState): void {
    state.missed = null;
  },
};

const getters = {
  unread: (state: ReadingState, _getters: unknown, others: Others): readonly ChatRow[] => {
    void others.messages.version;
    return state.isAtNewest ? [] : unreadAfter(state.readUpTo ?? undefined, others);
  },
  missedSoFar: (state: ReadingState, _getters: unknown, others: Others): Missed | null => {
    void others.messages.version;
    const { start } = others.messages.timeline;
    const since = state.absence?.newest;
    const rows = unreadAfter(since, others);
    const isMore = since !== undefined && start !== undefined && comparePositions(start, since) > 0;
    return rows[0] ? { count: rows.length, isMore, firstId: rows[0].msg_id } : null;
  },
};

/** What this person has read, and what arrived since. Driven by reactions.ts. */
export function createReadingModule() {
  return {
    namespaced: true as const,
    state: (): ReadingState => ({
      isAtNewest: false,
      readUpTo: null,
      dividerId: null,
      absence: null,
      missed: null,
    }),
    mutations,
    getters,
  };
}
