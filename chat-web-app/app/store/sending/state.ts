import { strings } from '../../strings';
import type { ConnectionState } from '../connection/module';
import type { MessagesState } from '../messages/state';
import type { SessionState } from '../session/module';
import type { Scope } from '../typed';
import { beginAttempt } from './attempts';
import { isEditOf, targetOf } from './entry';
import type { SendEntry } from './entry';
import { isConfirmed, isIdTaken, nextStatus } from './progress';
import type { SendEvent } from './progress';

export interface SendingState {
  /** Oldest first. */
  entries: SendEntry[];
  /** Ids of deletions whose countdown is paused: the Undo button has the focus or the pointer. */
  pausedUndo: string[];
}

interface Others {
  connection: ConnectionState;
  messages: MessagesState;
  session: SessionState;
}

export type SendingScope = Scope<SendingState, typeof mutations, Others>;

export const mutations = {
  /** A newer edit of a message replaces the unconfirmed ones, which are never published again. */
  added(state: SendingState, entry: SendEntry): void {
    if (entry.name === 'editedMsg') {
      const older = takeEdits(state, entry.data.msgIdToEdit);
      entry.replaced = older.flatMap(textsUnderWay);
    }
    state.entries.push(entry);
  },
  restored(state: SendingState, entries: SendEntry[]): void {
    state.entries = entries;
  },
  /** The only way in which the status of an entry changes. */
  advanced(
    state: SendingState,
    { id, event, reason }: { id: string; event: SendEvent; reason?: string },
  ): void {
    const entry = find(state, id);
    const status = entry && nextStatus(entry.status, event);
    if (!entry || !status) return;
    entry.status = status;
    entry.reason = reason ?? null;
    if (event !== 'queue') return;
    entry.acknowledged = 0;
    if (entry.name === 'deletedMsg') takeEdits(state, targetOf(entry));
  },
  /** @param at when its publish begins, ms since the epoch */
  attempted(
    state: SendingState,
    { id, clientId, at }: { id: string; clientId: string | null; at: number },
  ): void {
    const entry = find(state, id);
    if (!entry) return;
    beginAttempt(entry, at);
    if (clientId !== null && !entry.publishedAs.includes(clientId)) entry.publishedAs.push(clientId);
  },
  /** Ably rejected the only publish so far: nothing is on its way. */
  unpublished(state: SendingState, id: string): void {
    const entry = find(state, id);
    if (entry) Object.assign(entry, { attempt: 0, publishedAs: [] });
  },
  acknowledged(state: SendingState, id: string): void {
    const entry = find(state, id);
    if (!entry) return;
    entry.isAcknowledged = true;
    entry.acknowledged += 1;
  },
  /** @param at when to look for the row, ms since the epoch */
  awaited(state: SendingState, { id, at }: { id: string; at: number }): void {
    const entry = find(state, id);
    if (entry) entry.dueAt = at;
  },
  /** More has happened since the cursors of these entries than an answer of chat-changes holds. */
  cursorsOutdated(state: SendingState, ids: readonly string[]): void {
    for (const entry of state.entries) if (ids.includes(entry.id)) entry.since = null;
  },
  /**
   * Keeps a message whose id another author has used, to be sent under a new one. Its queued edits
   * and deletion follow: under the old id they would be judged by the other author's row.
   */
  idReplaced(state: SendingState, { id, newId }: { id: string; newId: string }): void {
    const entry = find(state, id);
    if (!entry) return;
    for (const { name, data } of state.entries) {
      if (name === 'editedMsg' && data.msgIdToEdit === id) data.msgIdToEdit = newId;
      if (name === 'deletedMsg' && data.msgIdToDelete === id) data.msgIdToDelete = newId;
    }
    entry.id = newId;
    Object.assign(entry, { attempt: 0, acknowledged: 0, publishedAs: [] });
    entry.status = 'failed';
    entry.reason = strings.refusal.idTaken;
  },
  undoTicked(state: SendingState, id: string): void {
    const entry = find(state, id);
    if (entry && !state.pausedUndo.includes(id)) entry.undoLeft -= 1;
  },
  undoPaused(state: SendingState, { id, paused }: { id: string; paused: boolean }): void {
    state.pausedUndo = state.pausedUndo.filter((other) => other !== id);
    if (paused) state.pausedUndo.push(id);
  },
  /** The only way out of the queue: confirmed entries, or one that its author discards. */
  removed(state: SendingState, ids: readonly string[]): void {
    state.entries = state.entries.filter(({ id }) => !ids.includes(id));
  },
};

function find(state: SendingState, id: string): SendEntry | undefined {
  return state.entries.find((entry) => entry.id === id);
}

/** The texts that an edit, and those that it replaced, may still give to the row. */
function textsUnderWay({ name, data, attempt, replaced }: SendEntry): string[] {
  return name === 'editedMsg' && attempt > 0 ? [...replaced, data.content] : replaced;
}

/** Removes the edits of a message from the queue, and returns them. */
function takeEdits(state: SendingState, msgId: string): SendEntry[] {
  const edits = state.entries.filter((entry) => isEditOf(entry, msgId));
  if (edits.length > 0) state.entries = state.entries.filter((entry) => !edits.includes(entry));
  return edits;
}

export const getters = {
  /** Ids of the entries about which the database has decided. */
  confirmed: (state: SendingState, _getters: unknown, { messages }: Others): string[] => {
    void messages.received;
    const { byId } = messages.timeline;
    return state.entries
      .filter((entry) => isConfirmed(entry, byId) && !isIdTaken(entry, byId))
      .map(({ id }) => id);
  },
  /** Ids of messages under which another author's row arrived. */
  taken: (state: SendingState, _getters: unknown, { messages }: Others): string[] => {
    void messages.received;
    const { byId } = messages.timeline;
    return state.entries.filter((entry) => isIdTaken(entry, byId)).map(({ id }) => id);
  },
};
