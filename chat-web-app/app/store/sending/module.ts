import { PublishFailed } from '../../api/publish-failure';
import type { Realtime } from '../../api/realtime/types';
import type { TabStorage } from '../../api/tab-storage';
import { strings } from '../../strings';
import { systemClock, wait } from '../clock';
import type { Clock } from '../clock';
import { ablyIdOf, ATTEMPTS, confirmationDelay } from './attempts';
import { parseEntries } from './entry';
import type { Outgoing, SendEntry } from './entry';
import { createEntries } from './new-entry';
import { createPace } from './pace';
import { getters, mutations } from './state';
import type { SendingScope, SendingState } from './state';

/** s during which a deletion can be undone before it is published. */
export const UNDO_TIME = 10;

/**
 * ms between attempts while Ably reports a connection problem although the connection appears live.
 */
const RETRY_DELAY = 1_000;

/** ms until the page looks for rows again, after it could not read them. */
const READ_AGAIN_DELAY = 30_000;

/** The send queue: everything this person sends, kept until its row comes back, also over a reload. */
export function createSendingModule(
  realtime: Pick<Realtime, 'publish'>,
  tab: Pick<TabStorage, 'read' | 'write'>,
  clock: Clock = systemClock,
) {
  const pace = createPace(clock);
  const createEntry = createEntries(clock);
  let isFlushing = false;

  /**
   * Publishes pending entries one at a time: the next goes out after Ably has answered, so that
   * messages arrive in the order in which they were written. A rejected entry does not block the
   * next one.
   */
  async function flush(scope: SendingScope): Promise<void> {
    if (isFlushing) return;
    isFlushing = true;
    try {
      for (let entry = nextOf(scope); entry; entry = nextOf(scope)) {
        const pause = pace.pause();
        if (pause > 0) await wait(clock, pause);
        else await publish(scope, entry);
      }
    } finally {
      isFlushing = false;
    }
  }

  async function publish(scope: SendingScope, entry: SendEntry): Promise<void> {
    const { commit, rootState } = scope;
    const { id, name, data } = entry;
    const isFirst = entry.attempt === 0;
    pace.began();
    commit('attempted', { id, clientId: rootState.session.clientId, at: clock.now() });
    commit('advanced', { id, event: 'publish' });
    try {
      await realtime.publish(name, { ...data, id }, ablyIdOf(entry));
    } catch (error) {
      await recover(scope, { id, isFirst, error });
      return;
    }
    pace.accepted();
    commit('acknowledged', id);
    commit('awaited', { id, at: clock.now() + confirmationDelay(entry.acknowledged, clock) });
    commit('advanced', { id, event: 'acknowledge' });
  }

  /** @param failure with `isFirst`: nothing was published before */
  async function recover(
    { commit, rootState }: SendingScope,
    { id, isFirst, error }: { id: string; isFirst: boolean; error: unknown },
  ): Promise<void> {
    const kind = error instanceof PublishFailed ? error.kind : 'other';
    // Without a connection, Ably cannot have rejected the message: the kind does not matter.
    if (kind === 'connection' || rootState.connection.status !== 'live') {
      commit('advanced', { id, event: 'disconnect' });
      // The status may have changed to live before this error arrived, so no event would follow.
      if (rootState.connection.status === 'live') await wait(clock, RETRY_DELAY);
      return;
    }
    if (isFirst) commit('unpublished', id);
    if (kind === 'rateLimited') {
      pace.wasBusy();
      commit('advanced', { id, event: 'postpone', reason: strings.pending.busy });
    } else {
      commit('advanced', { id, event: 'reject', reason: toReason(error) });
    }
  }

  function add(scope: SendingScope, outgoing: Outgoing, undoLeft = 0): string {
    const entry = createEntry(scope, outgoing, undoLeft);
    scope.commit('added', entry);
    return entry.id;
  }

  const actions = {
    /** @param content valid by ContentSchema */
    async send(scope: SendingScope, content: string): Promise<void> {
      add(scope, { name: 'chatMsg', data: { username: nicknameOf(scope), content } });
      await flush(scope);
    },
    async edit(scope: SendingScope, { msgId, content }: { msgId: string; content: string }): Promise<void> {
      const data = { username: nicknameOf(scope), content, msgIdToEdit: msgId };
      add(scope, { name: 'editedMsg', data });
      await flush(scope);
    },
    /** Publishes the deletion after UNDO_TIME, unless the entry is removed before. */
    async remove(scope: SendingScope, msgId: string): Promise<void> {
      const id = add(scope, { name: 'deletedMsg', data: { msgIdToDelete: msgId } }, UNDO_TIME);
      const undoable = () =>
        scope.state.entries.find((entry) => entry.id === id && entry.status === 'undoable');
      while ((undoable()?.undoLeft ?? 0) > 0) {
        await wait(clock, 1_000);
        scope.commit('undoTicked', id);
      }
      if (undoable()) await actions.retry(scope, id);
    },
    /** The page is left: what could still be undone happens now, because it could not happen later. */
    async endUndo(scope: SendingScope): Promise<void> {
      for (const { id, status } of scope.state.entries) {
        if (status === 'undoable') scope.commit('advanced', { id, event: 'queue' });
      }
      await flush(scope);
    },
    /** Begins a new round of attempts for an entry that failed or is overdue. */
    async retry(scope: SendingScope, id: string): Promise<void> {
      scope.commit('advanced', { id, event: 'queue' });
      await flush(scope);
    },
    flush,

    /**
     * Publishes acknowledged entries again whose rows did not come, or ends their round after the
     * last attempt. An entry that was confirmed meanwhile is ignored.
     */
    async repeat(scope: SendingScope, ids: readonly string[]): Promise<void> {
      for (const { id, acknowledged } of scope.state.entries.filter((entry) => ids.includes(entry.id))) {
        scope.commit('advanced', { id, event: acknowledged < ATTEMPTS ? 'repeat' : 'expire' });
      }
      await flush(scope);
    },
    /** The page could not find out whether these are confirmed: that is no attempt. */
    postpone({ commit }: SendingScope, ids: readonly string[]): void {
      const at = clock.now() + READ_AGAIN_DELAY * (1 + clock.random() / 4);
      for (const id of ids) commit('awaited', { id, at });
    },

    /** The identity changed: this tab can still send, but not change messages of the old one. */
    rejectChanges({ state, commit }: SendingScope): void {
      for (const { id } of state.entries.filter(({ name }) => name !== 'chatMsg')) {
        commit('advanced', { id, event: 'reject', reason: strings.refusal.anotherPerson });
      }
    },

    restore({ commit }: SendingScope): void {
      commit('restored', parseEntries(tab.read('sendQueue')));
    },
    persist({ state }: SendingScope): void {
      tab.write('sendQueue', JSON.stringify(state.entries));
    },
  };

  return {
    namespaced: true as const,
    state: (): SendingState => ({ entries: [], pausedUndo: [] }),
    mutations,
    getters,
    actions,
  };
}

function nextOf({ state, rootState }: SendingScope): SendEntry | undefined {
  if (rootState.connection.status !== 'live') return undefined;
  return state.entries.find((entry) => entry.status === 'pending');
}

function nicknameOf({ rootState }: SendingScope): string {
  const { nickname } = rootState.session;
  if (nickname === null)
    throw new Error('Sending failed: the person has no nickname, so they must join first.');
  return nickname;
}

function toReason(error: unknown): string {
  if (error instanceof PublishFailed && (error.kind === 'tooLarge' || error.kind === 'forbidden')) {
    return strings.refusal[error.kind];
  }
  return error instanceof Error ? error.message : String(error);
}
