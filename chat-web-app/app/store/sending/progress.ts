import type { RowOrTombstone } from '../messages/merge';
import { targetOf } from './entry';
import type { SendEntry, SendStatus } from './entry';

/**
 * What can happen to an entry of the send queue:
 *
 *   queue         its undo time is over, or the author retries (under the same id)
 *   publish       the page sends it to Ably
 *   acknowledge   Ably accepted it
 *   disconnect    the connection was lost before Ably answered
 *   reject        Ably rejected it, or this tab may no longer make the change
 *   expire        Ably acknowledged it, but no row arrived in time
 *
 * An entry leaves the queue when it is confirmed (see isConfirmed) or its author discards it.
 */
export type SendEvent = 'queue' | 'publish' | 'acknowledge' | 'disconnect' | 'reject' | 'expire';

/** A missing event comes too late in that status and has no effect. */
const transitions: Record<SendStatus, Partial<Record<SendEvent, SendStatus>>> = {
  undoable: { queue: 'pending', reject: 'failed' },
  pending: { publish: 'publishing', reject: 'failed' },
  publishing: { acknowledge: 'acknowledged', disconnect: 'pending', reject: 'failed' },
  acknowledged: { expire: 'overdue', reject: 'failed' },
  overdue: { queue: 'pending', reject: 'failed' },
  // Acknowledged: rejected because the identity changed while Ably's answer was on its way.
  failed: { queue: 'pending', acknowledge: 'acknowledged', reject: 'failed' },
};

export function nextStatus(status: SendStatus, event: SendEvent): SendStatus | undefined {
  return transitions[status][event];
}

/**
 * Whether the row under a message's id is another author's: the database ignored this message. The
 * text is compared too, because this tab may have sent it under an identity that has expired.
 */
export function isIdTaken(
  entry: SendEntry,
  byId: ReadonlyMap<string, RowOrTombstone>,
  clientId: string | null,
): boolean {
  const row = byId.get(entry.id);
  if (entry.name !== 'chatMsg' || row === undefined || row === 'deleted') return false;
  return row.client_id !== clientId && row.msg_data !== entry.data.content;
}

/** Whether the database has decided about an entry. Ably's acknowledgement alone is not enough. */
export function isConfirmed(entry: SendEntry, byId: ReadonlyMap<string, RowOrTombstone>): boolean {
  const current = byId.get(targetOf(entry));
  if (current === 'deleted') return true;
  if (current === undefined || entry.name === 'deletedMsg') return false;
  if (entry.name === 'chatMsg') return true;
  // The row that the edit started from may have its text already, while an earlier edit is on its
  // way. An edit that lost against a newer one never gets a row of its own: the newer confirms it.
  if (current.revision <= entry.baseRevision) return false;
  const isAcknowledged = entry.status === 'acknowledged' || entry.status === 'overdue';
  return isAcknowledged || current.msg_data === entry.data.content;
}
