import { describeIssues, RowChangeMessageSchema, MAX_HISTORY_LIMIT } from '@chat/contract';
import type { ChatRow, HistoryPage } from '@chat/contract';
import { safeParse } from 'valibot';
import { markRaw } from 'vue';
import type { Attachment } from '../../api/realtime';
import type { RootState } from '../state';
import { boundRow } from '../timeline/bound-row';
import { catchUp } from '../timeline/catch-up';
import type { CaughtUp, ReadHistory } from '../timeline/catch-up';
import { newsOf } from '../timeline/merge';
import type { Known } from '../timeline/merge';
import { createTimeline } from '../timeline/timeline';
import type { Timeline } from '../timeline/timeline';
import type { Scope } from '../typed';

/** ms. A rewind covers two minutes; history that was read longer before the attachment may leave a gap to it. */
const HISTORY_STAYS_FRESH = 60_000;

export interface MessagesState {
  /** Kept out of Vue's reactivity, which would wrap every row: `version` tells that it changed. */
  timeline: Timeline;
  version: number;
  history: 'unread' | 'reading' | 'read' | 'failed';
  /** When the range shown was last known to be complete, ms; 0 before it was. */
  readAt: number;
  /** The cursor of older messages, null when there are none. */
  older: string | null;
  /** Row changes that were not what they should be. */
  ignored: number;
}

export interface News {
  msgId: string;
  known: Known;
}

type MessagesScope = Scope<MessagesState, RootState, typeof mutations>;

const mutations = {
  apply(state: MessagesState, news: News[]): void {
    let changed = false;
    for (const { msgId, known } of news) changed = state.timeline.apply(msgId, known) || changed;
    if (changed) state.version += 1;
  },
  ignore(state: MessagesState): void {
    state.ignored += 1;
  },
  reading(state: MessagesState): void {
    state.history = 'reading';
  },
  read(state: MessagesState, { older, readAt }: { older: string | null; readAt?: number }): void {
    state.history = 'read';
    state.older = older;
    if (readAt !== undefined) state.readAt = readAt;
  },
  readingFailed(state: MessagesState): void {
    state.history = 'failed';
  },
};

const getters = {
  /** In display order. A new array for every change, as what is shown is compared by identity. */
  rows: (state: MessagesState): readonly ChatRow[] => {
    void state.version;
    return state.timeline.rows.slice();
  },
};

/**
 * The list of messages, fed by live changes, rewind and history alike.
 * @param readHistory asks the database for one page
 */
export function createMessagesModule(readHistory: ReadHistory, now: () => number = Date.now) {
  let reading: Promise<void> = Promise.resolve();
  let everAttached = false;

  /** One read of history after another: two at once could each move the cursor of older messages. */
  function inTurn(commit: MessagesScope['commit'], read: () => Promise<void>): Promise<void> {
    // At once, so that nobody asks again meanwhile, and at its turn, as the read before has said that it is over.
    commit('reading');
    reading = reading.then(async () => {
      commit('reading');
      try {
        await read();
      } catch (error) {
        console.warn('Messages could not be read from history.', error);
        commit('readingFailed');
      }
    });
    return reading;
  }

  function readRange({ state, commit }: MessagesScope): Promise<void> {
    return inTurn(commit, async () => {
      const readAt = now();
      const answer = await catchUp(state.timeline.rows.slice(), readHistory);
      commit('apply', newsOfRead(answer));
      commit('read', { older: answer.next, readAt });
    });
  }

  const actions = {
    /** A row change as it came over the channel. A malformed one is counted and changes nothing. */
    receive({ commit }: MessagesScope, data: unknown): void {
      const change = safeParse(RowChangeMessageSchema, data);
      if (change.success) {
        const { msg_id: msgId } = change.output.row;
        commit('apply', [{ msgId, known: newsOf({ ...change.output, row: boundRow(change.output.row) }) }]);
        return;
      }
      commit('ignore');
      console.warn('A malformed row change was ignored:', describeIssues(change.issues).join('; '));
    },

    /** Reads the newest page at first, later everything from the newest message down to the oldest one shown. */
    catchUp: (scope: MessagesScope): Promise<void> => readRange(scope),

    /** The incoming channel was attached (again): closes the gap if there may be one. */
    async attached(scope: MessagesScope, { resumed, truncated }: Attachment): Promise<void> {
      const first = !everAttached;
      everAttached = true;
      await reading;
      const fresh = scope.state.readAt > now() - HISTORY_STAYS_FRESH;
      if (!truncated && (resumed || (first && fresh))) return;
      await readRange(scope);
    },

    async loadOlder({ state, commit }: MessagesScope): Promise<void> {
      if (state.history === 'reading' || state.older === null) return;
      await inTurn(commit, async () => {
        if (state.older === null) return;
        const page: HistoryPage = await readHistory({ limit: MAX_HISTORY_LIMIT, before: state.older });
        commit('apply', page.rows.map(newsOfRow));
        commit('read', { older: page.next });
      });
    },
  };
  return {
    namespaced: true as const,
    state: (): MessagesState => ({
      timeline: markRaw(createTimeline()),
      version: 0,
      history: 'unread',
      readAt: 0,
      older: null,
      ignored: 0,
    }),
    mutations,
    getters,
    actions,
  };
}

function newsOfRow(row: ChatRow): News {
  return { msgId: row.msg_id, known: boundRow(row) };
}

function newsOfRead({ rows, deleted }: CaughtUp): News[] {
  return [...rows.map(newsOfRow), ...deleted.map((msgId): News => ({ msgId, known: 'deleted' }))];
}
