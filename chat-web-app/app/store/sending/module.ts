import { PublishFailed } from '../../api/publish-failure';
import type { Realtime } from '../../api/realtime/types';
import type { TabStorage } from '../../api/tab-storage';
import { strings } from '../../strings';
import type { ConnectionState } from '../connection/module';
import type { MessagesState } from '../messages/module';
import type { SessionState } from '../session/module';
import type { Scope } from '../typed';
import { parseEntries } from './entry';
import type { Outgoing, SendEntry } from './entry';
import { createMessageId } from './message-id';
import { isConfirmed, isIdTaken, nextStatus } from './progress';
import type { SendEvent } from './progress';

/** ms during which a deletion can be undone before it is published. */
export const UNDO_TIME = 6_000;

/** ms after which an acknowledged entry is overdue: a cold start of the function and one retry. */
export const CONFIRMATION_TIME = 30_000;

/**
 * ms between attempts while Ably reports a connection problem although the connection appears live.
 */
const RETRY_DELAY = 1_000;

export interface SendingState {
  /** Oldest first. */
  entries: SendEntry[];
}

interface Others {
  connection: ConnectionState;
  messages: MessagesState;
  session: SessionState;
}

type SendingScope = Scope<SendingState, typeof mutations, Others>;

const mutations = {
  added(state: SendingState, entry: SendEntry): void {
    state.entries.push(entry);
  },
  restored(state: SendingState, entries: SendEntry[]): void {
    state.entries = entries;
  },
  /** The only way in which an entry changes. */
  advanced(
    state: SendingState,
    { id, event, reason }: { id: string; event: SendEvent; reason?: string },
  ): void {
    const entry = state.entries.find((candidate) => candidate.id === id);
    const status = entry && nextStatus(entry.status, event);
    if (!entry || !status) return;
    entry.status = status;
    entry.reason = reason ?? null;
  },
  /**
   * Keeps a message whose id another author has used, to be sent under a new one. Its queued edits
   * and deletion follow: under the old id they would be judged by the other author's row.
   */
  idReplaced(state: SendingState, { id, newId }: { id: string; newId: string }): void {
    const entry = state.entries.find((candidate) => candidate.id === id);
    if (!entry) return;
    for (const { name, data } of state.entries) {
      if (name === 'editedMsg' && data.msgIdToEdit === id) data.msgIdToEdit = newId;
      if (name === 'deletedMsg' && data.msgIdToDelete === id) data.msgIdToDelete = newId;
    }
    entry.id = newId;
    entry.status = 'failed';
    entry.reason = strings.refusal.idTaken;
  },
  /** The only way out of the queue: confirmed entries, or one that its author discards. */
  removed(state: SendingState, ids: readonly string[]): void {
    state.entries = state.entries.filter(({ id }) => !ids.includes(id));
  },
};

const getters = {
  /** Ids of the entries about which the database has decided. */
  confirmed: (state: SendingState, _getters: unknown, { messages, session }: Others): string[] => {
    void messages.version;
    const { byId } = messages.timeline;
    return state.entries
      .filter((entry) => isConfirmed(entry, byId) && !isIdTaken(entry, byId, session.clientId))
      .map(({ id }) => id);
  },
  /** Ids of messages under which another author's row arrived, once this tab's author is known. */
  taken: (state: SendingState, _getters: unknown, { messages, session }: Others): string[] => {
    void messages.version;
    const { byId } = messages.timeline;
    if (session.clientId === null) return [];
    return state.entries.filter((entry) => isIdTaken(entry, byId, session.clientId)).map(({ id }) => id);
  },
};

/**
 * The send queue: everything this person sends, kept until its row comes back, also over a reload.
 * @param now ms since the epoch
 */
export function createSendingModule(
  realtime: Pick<Realtime, 'publish'>,
  tab: TabStorage,
  now: () => number = Date.now,
) {
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
      for (let entry = nextOf(scope); entry; entry = nextOf(scope)) await publish(scope, entry);
    } finally {
      isFlushing = false;
    }
  }

  async function publish({ commit, rootState }: SendingScope, entry: SendEntry): Promise<void> {
    const { id, name, data } = entry;
    commit('advanced', { id, event: 'publish' });
    try {
      await realtime.publish(name, { ...data }, id);
      commit('advanced', { id, event: 'acknowledge' });
      expectConfirmation(commit, id);
    } catch (error) {
      const isDisconnected = error instanceof PublishFailed && error.kind === 'connection';
      // Without a connection, Ably cannot have rejected the message: the kind does not matter.
      if (isDisconnected || rootState.connection.status !== 'live') {
        commit('advanced', { id, event: 'disconnect' });
        // The status may have changed to live before this error arrived, so no event would follow.
        if (rootState.connection.status === 'live') await delay(RETRY_DELAY);
      } else {
        commit('advanced', { id, event: 'reject', reason: toReason(error) });
      }
    }
  }

  function expectConfirmation(commit: SendingScope['commit'], id: string): void {
    setTimeout(() => commit('advanced', { id, event: 'expire' }), CONFIRMATION_TIME);
  }

  function add(
    { commit, rootState }: SendingScope,
    outgoing: Outgoing,
    status: 'pending' | 'undoable' = 'pending',
  ): string {
    const at = now();
    const id = createMessageId(at);
    const row =
      outgoing.name === 'editedMsg'
        ? rootState.messages.timeline.byId.get(outgoing.data.msgIdToEdit)
        : undefined;
    const baseRevision = row && row !== 'deleted' ? row.revision : 0;
    commit('added', { ...outgoing, id, at, status, reason: null, baseRevision });
    return id;
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
    /** Publishes the deletion after UNDO_TIME, unless the entry is discarded before. */
    async remove(scope: SendingScope, msgId: string): Promise<void> {
      const id = add(scope, { name: 'deletedMsg', data: { msgIdToDelete: msgId } }, 'undoable');
      await delay(UNDO_TIME);
      const entry = scope.state.entries.find((candidate) => candidate.id === id);
      if (entry?.status === 'undoable') await actions.retry(scope, id);
    },
    /** Publishes again under the same id, so that two arrivals are still one message. */
    async retry(scope: SendingScope, id: string): Promise<void> {
      scope.commit('advanced', { id, event: 'queue' });
      await flush(scope);
    },
    flush,

    /** The identity changed: this tab can still send, but not change messages of the old one. */
    rejectChanges({ state, commit }: SendingScope): void {
      for (const { id } of state.entries.filter(({ name }) => name !== 'chatMsg')) {
        commit('advanced', { id, event: 'reject', reason: strings.refusal.anotherPerson });
      }
    },

    restore({ commit }: SendingScope): void {
      const entries = parseEntries(tab.read('sendQueue'));
      commit('restored', entries);
      for (const { id, status } of entries) if (status === 'acknowledged') expectConfirmation(commit, id);
    },
    persist({ state }: SendingScope): void {
      tab.write('sendQueue', JSON.stringify(state.entries));
    },
  };

  return {
    namespaced: true as const,
    state: (): SendingState => ({ entries: [] }),
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
  if (!(error instanceof PublishFailed) || error.kind === 'other' || error.kind === 'connection') {
    return error instanceof Error ? error.message : String(error);
  }
  return strings.refusal[error.kind];
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
