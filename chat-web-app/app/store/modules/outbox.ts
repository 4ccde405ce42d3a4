import type { ChatMessage, DeletedMessage, EditedMessage } from '@chat/contract';
import type { Realtime } from '../../api/realtime';
import { createMessageId } from '../../utils/message-id';
import type { RootState } from '../state';
import type { Timeline } from '../timeline/timeline';
import type { Scope } from '../typed';

export type Outgoing =
  | { name: 'chatMsg'; data: ChatMessage }
  | { name: 'editedMsg'; data: EditedMessage }
  | { name: 'deletedMsg'; data: DeletedMessage };

/**
 * Something this person did whose row has not come back yet.
 *
 *   waiting ──live──► sending ──taken by Ably──► taken ──row came back──► (gone)
 *      ▲                 │ refused                   the row is the receipt; Ably's word alone is not
 *      └── no connection ┴──► failed ──retry, same id──► waiting
 */
export type OutboxEntry = Outgoing & {
  /** The Ably message id; a chatMsg's becomes its `msg_id`. */
  id: string;
  at: number;
  status: 'waiting' | 'sending' | 'taken' | 'failed';
  reason: string | null;
  /** The revision that an edit was made from. */
  baseRevision: number;
};

export interface OutboxState {
  /** In the order in which they were done. */
  entries: OutboxEntry[];
}

type OutboxScope = Scope<OutboxState, RootState, typeof mutations>;

const mutations = {
  added(state: OutboxState, entry: OutboxEntry): void {
    state.entries.push(entry);
  },
  progressed(
    state: OutboxState,
    { id, status, reason }: { id: string; status: OutboxEntry['status']; reason?: string },
  ): void {
    const entry = state.entries.find((candidate) => candidate.id === id);
    if (!entry) return;
    entry.status = status;
    entry.reason = reason ?? null;
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
};

/** The message that an entry is about. */
export function targetOf(entry: OutboxEntry): string {
  if (entry.name === 'chatMsg') return entry.id;
  return entry.name === 'editedMsg' ? entry.data.msgIdToEdit : entry.data.msgIdToDelete;
}

function isSettled(entry: OutboxEntry, timeline: Timeline): boolean {
  const known = timeline.known.get(targetOf(entry));
  if (known === 'deleted') return true;
  if (known === undefined || entry.name === 'deletedMsg') return false;
  if (entry.name === 'chatMsg') return true;
  // An edit that lost against a newer one never gets a row of its own: that newer row ends the wait.
  return (
    known.msg_data === entry.data.content || (entry.status === 'taken' && known.revision > entry.baseRevision)
  );
}

/**
 * Everything that this person sends, kept until its row came back.
 * @param now ms since the epoch
 */
export function createOutboxModule(realtime: Pick<Realtime, 'publish'>, now: () => number = Date.now) {
  async function publish({ state, commit, rootState }: OutboxScope, id: string): Promise<void> {
    const entry = state.entries.find((candidate) => candidate.id === id);
    if (!entry || rootState.connection.status !== 'live') return;
    commit('progressed', { id, status: 'sending' });
    try {
      await realtime.publish(entry.name, { ...entry.data }, id);
      commit('progressed', { id, status: 'taken' });
    } catch (error) {
      // A read after the wait: the connection may be another by now.
      const lost = rootState.connection.status !== 'live';
      commit('progressed', { id, status: lost ? 'waiting' : 'failed', reason: messageOf(error) });
    }
    // The row may have come back before the acknowledgement.
    commit('settled', rootState.messages.timeline);
  }

  function add(scope: OutboxScope, outgoing: Outgoing): Promise<void> {
    const at = now();
    const id = createMessageId(at);
    const known =
      outgoing.name === 'editedMsg'
        ? scope.rootState.messages.timeline.known.get(outgoing.data.msgIdToEdit)
        : undefined;
    const baseRevision = known && known !== 'deleted' ? known.revision : 0;
    scope.commit('added', { ...outgoing, id, at, status: 'waiting', reason: null, baseRevision });
    return publish(scope, id);
  }

  const actions = {
    /** @param content valid by ContentSchema */
    send(scope: OutboxScope, content: string): Promise<void> {
      return add(scope, { name: 'chatMsg', data: { username: nameOf(scope), content } });
    },
    edit(scope: OutboxScope, { msgId, content }: { msgId: string; content: string }): Promise<void> {
      return add(scope, {
        name: 'editedMsg',
        data: { username: nameOf(scope), content, msgIdToEdit: msgId },
      });
    },
    remove(scope: OutboxScope, msgId: string): Promise<void> {
      return add(scope, { name: 'deletedMsg', data: { msgIdToDelete: msgId } });
    },
    /** Sends again under the same id: should the first have arrived after all, there is still only one. */
    retry(scope: OutboxScope, id: string): Promise<void> {
      scope.commit('progressed', { id, status: 'waiting' });
      return publish(scope, id);
    },
    /** Connected (again): sends what waited, in the order in which it was written. */
    async flush(scope: OutboxScope): Promise<void> {
      const waiting = scope.state.entries.filter((entry) => entry.status === 'waiting');
      await Promise.all(waiting.map((entry) => publish(scope, entry.id)));
    },
  };

  return {
    namespaced: true as const,
    state: (): OutboxState => ({ entries: [] }),
    mutations,
    actions,
  };
}

function nameOf({ rootState }: OutboxScope): string {
  if (rootState.session.nickname === null)
    throw new Error('Nothing can be sent before joining with a nickname.');
  return rootState.session.nickname;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
