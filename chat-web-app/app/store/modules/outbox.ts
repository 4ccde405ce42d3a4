import { PublishFailed } from '../../api/publish-failure';
import type { Realtime } from '../../api/realtime';
import type { TabStorage } from '../../api/tab-storage';
import { strings } from '../../strings';
import { createMessageId } from '../../utils/message-id';
import { isSettled, parseEntries } from '../outbox/entry';
import type { EntryStatus, OutboxEntry, Outgoing } from '../outbox/entry';
import type { RootState } from '../state';
import type { Timeline } from '../timeline/timeline';
import type { Scope } from '../typed';

/** ms. How long a deletion waits for second thoughts before it is published. */
export const UNDO_TIME = 6_000;

/** ms. A cold start with a retry behind it fits in; after that it is said that the row has not come back. */
export const CONFIRMATION_TIME = 30_000;

/** ms. Between two attempts while Ably says that the connection is at fault and we hear nothing of it. */
const RETRY_DELAY = 1_000;

export interface OutboxState {
  /** In the order in which they were done. */
  entries: OutboxEntry[];
}

type OutboxScope = Scope<OutboxState, RootState, typeof mutations>;

interface Progress {
  id: string;
  status: EntryStatus;
  reason?: string;
}

const mutations = {
  added(state: OutboxState, entry: OutboxEntry): void {
    state.entries.push(entry);
  },
  restored(state: OutboxState, entries: OutboxEntry[]): void {
    state.entries = entries;
  },
  progressed(state: OutboxState, { id, status, reason }: Progress): void {
    const entry = state.entries.find((candidate) => candidate.id === id);
    if (!entry) return;
    entry.status = status;
    entry.reason = reason ?? null;
  },
  /** Ably took it long ago, and no row has come back. Whatever else became of it stays. */
  unconfirmed(state: OutboxState, id: string): void {
    const entry = state.entries.find((candidate) => candidate.id === id);
    if (entry?.status === 'taken') entry.status = 'unconfirmed';
  },
  discarded(state: OutboxState, id: string): void {
    state.entries = state.entries.filter((entry) => entry.id !== id);
  },
  /** Lets go of everything whose row has come back. */
  settled(state: OutboxState, timeline: Timeline): void {
    if (state.entries.some((entry) => isSettled(entry, timeline))) {
      state.entries = state.entries.filter((entry) => !isSettled(entry, timeline));
    }
  },
  /** This tab is another person now: only new messages can still be sent, not changes of the old person's. */
  orphaned(state: OutboxState): void {
    for (const entry of state.entries.filter(({ name }) => name !== 'chatMsg')) {
      entry.status = 'failed';
      entry.reason = strings.refusal.anotherPerson;
    }
  },
};

/**
 * Everything that this person sends, kept until its row came back and over a reload of the tab.
 * @param now ms since the epoch
 */
export function createOutboxModule(
  realtime: Pick<Realtime, 'publish'>,
  tab: TabStorage,
  now: () => number = Date.now,
) {
  let pumping = false;

  /**
   * Publishes what waits, one after the other: the next goes out when Ably has answered for the one before, so that the
   * order of writing is the order of arrival. One that is refused steps aside and holds up nothing.
   */
  async function pump(scope: OutboxScope): Promise<void> {
    if (pumping) return;
    pumping = true;
    try {
      for (let entry = nextOf(scope); entry; entry = nextOf(scope)) await publish(scope, entry);
    } finally {
      pumping = false;
    }
  }

  async function publish({ commit, rootState }: OutboxScope, { id, name, data }: OutboxEntry): Promise<void> {
    commit('progressed', { id, status: 'sending' });
    try {
      await realtime.publish(name, { ...data }, id);
      commit('progressed', { id, status: 'taken' });
      expectConfirmation(commit, id);
    } catch (error) {
      const isLost = error instanceof PublishFailed && error.kind === 'connection';
      // Whatever was said, without a connection nobody can have refused it.
      if (isLost || rootState.connection.status !== 'live') {
        commit('progressed', { id, status: 'waiting' });
        // Being live again may have come before this answer, so it is not waited for.
        if (rootState.connection.status === 'live')
          await new Promise((over) => setTimeout(over, RETRY_DELAY));
      } else {
        commit('progressed', { id, status: 'failed', reason: toReason(error) });
      }
    }
    // The row may have come back before the acknowledgement.
    commit('settled', rootState.messages.timeline);
  }

  function expectConfirmation(commit: OutboxScope['commit'], id: string): void {
    setTimeout(() => commit('unconfirmed', id), CONFIRMATION_TIME);
  }

  function add(scope: OutboxScope, outgoing: Outgoing, status: 'waiting' | 'held' = 'waiting'): string {
    const at = now();
    const id = createMessageId(at);
    const known =
      outgoing.name === 'editedMsg'
        ? scope.rootState.messages.timeline.known.get(outgoing.data.msgIdToEdit)
        : undefined;
    const baseRevision = known && known !== 'deleted' ? known.revision : 0;
    scope.commit('added', { ...outgoing, id, at, status, reason: null, baseRevision });
    return id;
  }

  const actions = {
    /** @param content valid by ContentSchema */
    async send(scope: OutboxScope, content: string): Promise<void> {
      add(scope, { name: 'chatMsg', data: { username: nameOf(scope), content } });
      await pump(scope);
    },
    async edit(scope: OutboxScope, { msgId, content }: { msgId: string; content: string }): Promise<void> {
      add(scope, { name: 'editedMsg', data: { username: nameOf(scope), content, msgIdToEdit: msgId } });
      await pump(scope);
    },
    /** Deletes in a moment, unless the entry is discarded before. */
    async remove(scope: OutboxScope, msgId: string): Promise<void> {
      const id = add(scope, { name: 'deletedMsg', data: { msgIdToDelete: msgId } }, 'held');
      await new Promise((over) => setTimeout(over, UNDO_TIME));
      const entry = scope.state.entries.find((candidate) => candidate.id === id);
      if (entry?.status !== 'held') return;
      scope.commit('progressed', { id, status: 'waiting' });
      await pump(scope);
    },
    /** Sends again under the same id: should the first have arrived after all, there is still only one. */
    async retry(scope: OutboxScope, id: string): Promise<void> {
      scope.commit('progressed', { id, status: 'waiting' });
      await pump(scope);
    },
    /** Connected (again): sends what waited. */
    flush: (scope: OutboxScope): Promise<void> => pump(scope),

    /** Takes up what this tab had not finished before a reload. */
    restore({ commit }: OutboxScope): void {
      const entries = parseEntries(tab.read('outbox'));
      commit('restored', entries);
      for (const { id, status } of entries) if (status === 'taken') expectConfirmation(commit, id);
    },
    /** Keeps the entries as they are now for after a reload. */
    keep({ state }: OutboxScope): void {
      tab.write('outbox', JSON.stringify(state.entries));
    },
  };

  return {
    namespaced: true as const,
    state: (): OutboxState => ({ entries: [] }),
    mutations,
    actions,
  };
}

function nextOf({ state, rootState }: OutboxScope): OutboxEntry | undefined {
  if (rootState.connection.status !== 'live') return undefined;
  return state.entries.find((entry) => entry.status === 'waiting');
}

function nameOf({ rootState }: OutboxScope): string {
  if (rootState.session.nickname === null)
    throw new Error('Nothing can be sent before joining with a nickname.');
  return rootState.session.nickname;
}

function toReason(error: unknown): string {
  if (!(error instanceof PublishFailed) || error.kind === 'other' || error.kind === 'connection')
    return error instanceof Error ? error.message : String(error);
  return strings.refusal[error.kind];
}
