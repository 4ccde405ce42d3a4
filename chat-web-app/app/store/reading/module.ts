import type { ChatRow } from '@chat/contract';
import type { MessagesState } from '../messages/state';
import { rowsAfter } from '../messages/position';
import type { Position } from '../messages/position';
import type { SessionState } from '../session/module';

export interface ReadingState {
  /** The newest message is on the screen. */
  isAtNewest: boolean;
  /** Everything up to here was read; null until history is loaded. */
  readUpTo: Position | null;
  /** The first of the latest unread messages, below the "New messages" divider; stays when read. */
  dividerId: string | null;
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
};

const getters = {
  unread: (state: ReadingState, _getters: unknown, others: Others): readonly ChatRow[] => {
    void others.messages.version;
    return state.isAtNewest ? [] : unreadAfter(state.readUpTo ?? undefined, others);
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
    }),
    mutations,
    getters,
  };
}
