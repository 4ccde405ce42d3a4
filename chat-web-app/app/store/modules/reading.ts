import type { ChatRow } from '@chat/contract';
import type { RootState } from '../state';
import type { Place } from '../timeline/merge';
import { rowsAfter } from '../timeline/unread';

export interface Missed {
  count: number;
  firstId: string;
}

export interface ReadingState {
  /** The messages are on the screen, down to the newest. */
  isLooking: boolean;
  /** Up to here everything was seen; null before there was anything to see. */
  readUpTo: Place | null;
  /** The first message of the newest batch that came unseen. It stays marked after it was seen. */
  markedId: string | null;
  /** The newest message when the connection was lost, and when that was, ms; null while it is there. */
  left: { newest: Place; at: number } | null;
  /** What was missed while the connection was away, until that is dismissed. */
  missed: Missed | null;
}

/** What came of others after a place. */
function unreadAfter(place: Place | null, { messages, session }: RootState): ChatRow[] {
  if (place === null) return [];
  return rowsAfter(messages.timeline.rows, place).filter((row) => row.client_id !== session.clientId);
}

const mutations = {
  looked(state: ReadingState, isLooking: boolean): void {
    state.isLooking = isLooking;
  },
  read(state: ReadingState, upTo: Place): void {
    state.readUpTo = upTo;
  },
  marked(state: ReadingState, msgId: string | null): void {
    state.markedId = msgId;
  },
  left(state: ReadingState, left: { newest: Place; at: number }): void {
    state.left ??= left;
  },
  returned(state: ReadingState, missed: Missed | null): void {
    state.left = null;
    if (missed) state.missed = missed;
  },
  dismissed(state: ReadingState): void {
    state.missed = null;
  },
};

const getters = {
  unread: (state: ReadingState, _getters: unknown, root: RootState): readonly ChatRow[] => {
    void root.messages.version;
    return state.isLooking ? [] : unreadAfter(state.readUpTo, root);
  },
  missedSoFar: (state: ReadingState, _getters: unknown, root: RootState): Missed | null => {
    void root.messages.version;
    const rows = unreadAfter(state.left?.newest ?? null, root);
    return rows[0] ? { count: rows.length, firstId: rows[0].msg_id } : null;
  },
};

/** What this person has seen of the chat, and what came meanwhile. What makes it change is in rules/reading.ts. */
export function createReadingModule() {
  return {
    namespaced: true as const,
    state: (): ReadingState => ({
      isLooking: false,
      readUpTo: null,
      markedId: null,
      left: null,
      missed: null,
    }),
    mutations,
    getters,
  };
}
