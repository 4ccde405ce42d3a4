import { describeIssues, MAX_HISTORY_LIMIT, RowChangeMessageSchema } from '@chat/contract';
import type { ChatRow, HistoryPage } from '@chat/contract';
import { safeParse } from 'valibot';
import { markRaw } from 'vue';
import type { Attachment } from '../../api/realtime/types';
import type { Scope } from '../typed';
import { boundRow } from './bound-row';
import { catchUp } from './catch-up';
import type { CatchUp, ReadHistory } from './catch-up';
import { toRowOrTombstone } from './merge';
import type { RowOrTombstone } from './merge';
import { createTimeline } from './timeline';
import type { Timeline } from './timeline';

/** ms. A rewind covers two minutes; older history may leave a gap before the attachment. */
const HISTORY_STAYS_FRESH = 60_000;

export interface MessagesState {
  /** Outside Vue's reactivity, which would wrap every row: `version` announces its changes. */
  timeline: Timeline;
  version: number;
  history: 'idle' | 'loading' | 'loaded' | 'failed';
  /** When the displayed range was last known to be complete, ms since the epoch; 0 before that. */
  completeAt: number;
  /** The cursor of older messages, null when there are none. */
  older: string | null;
  /** Number of malformed row changes that were ignored. */
  malformed: number;
}

export interface Update {
  msgId: string;
  update: RowOrTombstone;
}

type MessagesScope = Scope<MessagesState, typeof mutations>;

const mutations = {
  apply(state: MessagesState, updates: Update[]): void {
    let changed = false;
    for (const { msgId, update } of updates) changed = state.timeline.apply(msgId, update) || changed;
    if (changed) state.version += 1;
  },
  ignoredMalformed(state: MessagesState): void {
    state.malformed += 1;
  },
  historyRequested(state: MessagesState): void {
    state.history = 'loading';
  },
  historyLoaded(
    state: MessagesState,
    { older, completeAt }: { older: string | null; completeAt?: number },
  ): void {
    state.history = 'loaded';
    state.older = older;
    if (completeAt !== undefined) state.completeAt = completeAt;
  },
  historyFailed(state: MessagesState): void {
    state.history = 'failed';
  },
};

const getters = {
  /** In display order. A new array for every change, because consumers compare it by identity. */
  rows: (state: MessagesState): readonly ChatRow[] => {
    void state.version;
    return state.timeline.rows.slice();
  },
};

/**
 * The messages, merged from live changes, rewind and history.
 * @param now ms since the epoch
 */
export function createMessagesModule(readHistory: ReadHistory, now: () => number = Date.now) {
  let reading: Promise<void> = Promise.resolve();
  let wasAttached = false;

  /** Serializes reads of history: two at once could each move the cursor of older messages. */
  function inTurn(commit: MessagesScope['commit'], read: () => Promise<void>): Promise<void> {
    // At once, so that `loadOlder` does not queue twice; and again when its turn comes, because the
    // previous read has ended the `loading` state.
    commit('historyRequested');
    reading = reading.then(async () => {
      commit('historyRequested');
      try {
        await read();
      } catch (error) {
        console.warn('Reading messages from history failed.', error);
        commit('historyFailed');
      }
    });
    return reading;
  }

  function readRange({ state, commit }: MessagesScope): Promise<void> {
    return inTurn(commit, async () => {
      const completeAt = now();
      const result = await catchUp(state.timeline.rows.slice(), readHistory);
      commit('apply', toUpdates(result));
      commit('historyLoaded', { older: result.next, completeAt });
    });
  }

  const actions = {
    /** @param data of a message on the incoming channel. A malformed one is counted and ignored. */
    receive({ commit }: MessagesScope, data: unknown): void {
      const change = safeParse(RowChangeMessageSchema, data);
      if (change.success) {
        const row = boundRow(change.output.row);
        commit('apply', [{ msgId: row.msg_id, update: toRowOrTombstone({ ...change.output, row }) }]);
        return;
      }
      commit('ignoredMalformed');
      console.warn('A malformed row change was ignored:', describeIssues(change.issues).join('; '));
    },

    /** Reads the newest page; later, everything from there down to the oldest loaded message. */
    catchUp: (scope: MessagesScope): Promise<void> => readRange(scope),

    /** The incoming channel is attached (again): closes the gap if there may be one. */
    async attached(scope: MessagesScope, { resumed, truncated }: Attachment): Promise<void> {
      const isFirst = !wasAttached;
      wasAttached = true;
      await reading;
      const isFresh = scope.state.completeAt > now() - HISTORY_STAYS_FRESH;
      if (!truncated && (resumed || (isFirst && isFresh))) return;
      await readRange(scope);
    },

    async loadOlder({ state, commit }: MessagesScope): Promise<void> {
      if (state.history === 'loading' || state.older === null) return;
      await inTurn(commit, async () => {
        if (state.older === null) return;
        const page: HistoryPage = await readHistory({ limit: MAX_HISTORY_LIMIT, before: state.older });
        commit('apply', page.rows.map(toUpdate));
        commit('historyLoaded', { older: page.next });
      });
    },
  };
  return {
    namespaced: true as const,
    state: (): MessagesState => ({
      timeline: markRaw(createTimeline()),
      version: 0,
      history: 'idle',
      completeAt: 0,
      older: null,
      malformed: 0,
    }),
    mutations,
    getters,
    actions,
  };
}

function toUpdate(row: ChatRow): Update {
  return { msgId: row.msg_id, update: boundRow(row) };
}

function toUpdates({ rows, deleted }: CatchUp): Update[] {
  return [...rows.map(toUpdate), ...deleted.map((msgId): Update => ({ msgId, update: 'deleted' }))];
}
