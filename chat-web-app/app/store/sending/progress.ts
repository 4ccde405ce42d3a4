import type { RowOrTombstone } from '../messages/merge';
import { targetOf } from './entry';
import type { SendEntry, SendStatus } from './entry';

/**
 * What can happen to an entry of the send queue:
 *
 *   queue         its undo time is over, or the author retries
 *   publish       the page sends it to Ably
 *   acknowledge   Ably accepted it
 *   disconnect    the connection was lost before Ably answered
 *   postpone      Ably accepts no more at the moment
 *   repeat        Ably acknowledged it, but no row arrived in time: the page publishes again
 *   expire        no row arrived after the last attempt
 *   reject        Ably rejected it, or this tab may no longer make the change
 *
 * An entry leaves the queue when it is confirmed (see isConfirmed) or its author discards it.
 */
export type SendEvent =
  'queue' | 'publish' | 'acknowledge' | 'disconnect' | 'postpone' | 'repeat' | 'expire' | 'reject';

/** A missing event comes too late in that status and has no effect. */
const transitions: Record<SendStatus, Partial<Record<SendEvent, SendStatus>>> = {
  undoable: { queue: 'pending', reject: 'failed' },
  pending: { publish: 'publishing', reject: 'failed' },
  publishing: {
    acknowledge: 'acknowledged',
    disconnect: 'pending',
    postpone: 'pending',
    reject: 'failed',
  },
  acknowledged: { repeat: 'pending', expire: 'overdue', reject: 'failed' },
  overdue: { queue: 'pending', reject: 'failed' },
  // Acknowledged: rejected because the identity changed while Ably's answer was on its way.
  failed: { queue: 'pending', acknowledge: 'acknowledged', reject: 'failed' },
};

export function nextStatus(status: SendStatus, event: SendEvent): SendStatus | undefined {
  return transitions[status][event];
}

/**
 * Whether the row under a published message's id is another author's: the database ignored this
 * message.
 */
export function isIdTaken(entry: SendEntry, byId: ReadonlyMap<string, RowOrTombstone>): boolean {
  const row = byId.get(entry.id);
  if (entry.name !== 'chatMsg' || row === undefined || row === 'deleted') return false;
  return entry.publishedAs.length > 0 && !entry.publishedAs.includes(row.client_id ?? '');
}

/** Whether the database has decided about an entry. Ably's acknowledgement alone is not enough. */
export function isConfirmed(entry: SendEntry, byId: ReadonlyMap<string, RowOrTombstone>): boolean {
  const current = byId.get(targetOf(entry));
  if (current === 'deleted') return true;
  if (current === undefined || entry.name === 'deletedMsg') return false;
  if (entry.name === 'chatMsg') return true;
  // The row that the edit started from may have its text already, while an earlier edit is on its way.
  if (current.revision <= entry.baseRevision) return false;
  const { content, madeAt } = entry.data;
  // The row has this edit, or a later one of the same author.
  if (madeAt !== undefined && Number(current.edited_at_timestamp ?? -1) >= madeAt) return true;
  if (current.msg_data !== content) return false;
  // Ably's clock may be behind that of madeAt, so that the time alone would never prove it. While an
  // edit that this one replaced may still arrive, the words of an earlier one, or of a message that
  // was never edited, prove nothing.
  const { replaced } = entry;
  return replaced.length === 0 || (current.edited_at_timestamp !== null && !replaced.includes(content));
}
