import { describeIssues, RowChangeMessageSchema } from '@chat/contract';
import type { ChatRow } from '@chat/contract';
import { safeParse } from 'valibot';
import type { Attachment } from '../../api/realtime/types';
import { systemClock } from '../clock';
import type { Clock } from '../clock';
import { boundRow } from './bound-row';
import { throttleLosses } from './loss-throttle';
import { toRowOrTombstone } from './merge';
import { createReads } from './reads';
import type { MessagesApi } from './reads';
import { emptyState, isForbidden, mutations } from './state';
import type { MessagesScope, MessagesState, Target } from './state';

/** ms. A rewind covers two minutes; older history may leave a gap before the attachment. */
const HISTORY_STAYS_FRESH = 60_000;

const getters = {
  /** In display order. A new array for every change, because consumers compare it by identity. */
  rows: (state: MessagesState): readonly ChatRow[] => {
    void state.version;
    return state.timeline.rows.slice();
  },
};

/** The messages, merged from live changes, rewind, history and the feed of changes. */
export function createMessagesModule(api: MessagesApi, clock: Clock = systemClock) {
  const { now } = clock;
  const reads = createReads(api, now);
  const afterLoss = throttleLosses(clock);
  let reading: Promise<void> = Promise.resolve();
  let wasAttached = false;

  /** Serializes reads of history: two at once could each move the lower end of the range. */
  function inTurn(commit: MessagesScope['commit'], read: () => Promise<void>): Promise<void> {
    // At once, so that `loadOlder` does not queue twice; and again when its turn comes, because the
    // previous read has ended the `loading` state.
    commit('historyRequested');
    reading = reading.then(async () => {
      commit('historyRequested');
      try {
        await read();
        commit('historyLoaded');
      } catch (error) {
        console.warn('Reading messages from history failed.', error);
        commit('historyFailed', error);
      }
    });
    return reading;
  }

  const actions = {
    /** @param data of a message on the incoming channel. A malformed one is counted and ignored. */
    receive({ commit }: MessagesScope, data: unknown): void {
      const change = safeParse(RowChangeMessageSchema, data);
      if (change.success) {
        const row = boundRow(change.output.row);
        commit('arrived', { type: change.output.type, row });
        commit('apply', [{ msgId: row.msg_id, update: toRowOrTombstone({ ...change.output, row }) }]);
        return;
      }
      commit('ignoredMalformed');
      console.warn('A malformed row change was ignored:', describeIssues(change.issues).join('; '));
    },

    /** Reads what was missed; without a known beginning, or when it is too much, starts anew. */
    catchUp: (scope: MessagesScope): Promise<void> => inTurn(scope.commit, () => reads.catchUp(scope)),

    /** The incoming channel is attached (again): closes the gap if there may be one. */
    async attached(scope: MessagesScope, { resumed, truncated }: Attachment): Promise<void> {
      const isFirst = !wasAttached;
      wasAttached = true;
      await reading;
      const isFresh = scope.state.completeAt > now() - HISTORY_STAYS_FRESH;
      if (!truncated && (resumed || (isFirst && isFresh))) return;
      scope.commit('gapOpened');
      // Another read may have closed the gap while this one waited.
      await afterLoss(async () => {
        if (scope.state.hasGap) await actions.catchUp(scope);
      });
    },

    /** Moves the cursor closer to now, so that fewer changes lie behind it after an absence. */
    async moveCursor(scope: MessagesScope): Promise<void> {
      if (scope.state.history !== 'loaded') return;
      reading = reading
        .then(() => reads.missed(scope))
        .then(
          () => undefined,
          (error: unknown) => console.info('Reading recent changes failed; nothing is lost yet.', error),
        );
      await reading;
    },

    /** Reads what the database has made of earlier actions, see `sending/repeat.ts`. */
    async readSince(scope: MessagesScope, cursor: string): Promise<'complete' | 'incomplete' | 'failed'> {
      await reading;
      try {
        return (await reads.since(scope, cursor)) ? 'complete' : 'incomplete';
      } catch (error) {
        console.info('Looking for the rows of unconfirmed messages failed; the page tries again.', error);
        return isForbidden(error) ? 'incomplete' : 'failed';
      }
    },

    async loadOlder(scope: MessagesScope): Promise<void> {
      if (scope.state.history === 'loading' || scope.state.older === null) return;
      await inTurn(scope.commit, () => reads.older(scope));
    },

    /** Has the list scroll to a message, after loading the history down to it. */
    async show(scope: MessagesScope, wanted: string | { msgId: string; keepsFocus: boolean }): Promise<void> {
      const { state, commit } = scope;
      const { msgId, keepsFocus } =
        typeof wanted === 'string' ? { msgId: wanted, keepsFocus: false } : wanted;
      const move = (status: Target['status']) => commit('targeted', { msgId, status, keepsFocus });
      if (state.timeline.indexOf(msgId) >= 0) return move('found');
      move('searching');
      const isWanted = () => state.target?.msgId === msgId;
      /** Also after reads that others have begun meanwhile. */
      const settled = async () => {
        while (state.history === 'loading') await reading;
      };
      const readOlder = () => inTurn(commit, () => reads.older(scope)).then(settled);
      const find = async () => {
        const { findMessage } = await import('./find-message');
        await settled();
        return findMessage(msgId, { state, readVersions: api.readVersions, readOlder, isWanted });
      };
      const status = await find().catch((error: unknown) => {
        console.warn(`Looking for message ${msgId} failed.`, error);
        return 'failed' as const;
      });
      if (isWanted()) move(status);
    },
  };
  return {
    namespaced: true as const,
    state: emptyState,
    mutations,
    getters,
    actions,
  };
}
