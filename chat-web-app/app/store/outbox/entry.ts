import {
  ChatMessageSchema,
  DeletedMessageSchema,
  EditedMessageSchema,
  MessageIdSchema,
} from '@chat/contract';
import * as v from 'valibot';
import type { Timeline } from '../timeline/timeline';

/**
 * Something this person did whose row has not come back yet.
 *
 *   held ──not undone──► waiting ──live, its turn──► sending ──taken by Ably──► taken ──row came back──► (gone)
 *                           ▲                           │ refused                │ long ago       the row is the receipt;
 *                           ├── no connection ──────────┴──► failed              ▼                Ably's word alone is not
 *                           └── retry, same id ◄───────────────┴──────────── unconfirmed
 */
const state = {
  /** The Ably message id; a chatMsg's becomes its `msg_id`. */
  id: MessageIdSchema,
  at: v.number(),
  status: v.picklist(['held', 'waiting', 'sending', 'taken', 'unconfirmed', 'failed']),
  /** Why it failed, for the person who reads it. */
  reason: v.nullable(v.string()),
  /** The revision that an edit was made from. */
  baseRevision: v.number(),
};

export const OutboxEntrySchema = v.variant('name', [
  v.object({ ...state, name: v.literal('chatMsg'), data: ChatMessageSchema }),
  v.object({ ...state, name: v.literal('editedMsg'), data: EditedMessageSchema }),
  v.object({ ...state, name: v.literal('deletedMsg'), data: DeletedMessageSchema }),
]);

export type OutboxEntry = v.InferOutput<typeof OutboxEntrySchema>;
export type EntryStatus = OutboxEntry['status'];
export type Outgoing = OutboxEntry extends infer Entry
  ? Entry extends { name: unknown; data: unknown }
    ? Pick<Entry, 'name' | 'data'>
    : never
  : never;

/** The message that an entry is about. */
export function targetOf(entry: OutboxEntry): string {
  if (entry.name === 'chatMsg') return entry.id;
  return entry.name === 'editedMsg' ? entry.data.msgIdToEdit : entry.data.msgIdToDelete;
}

/** Whether the database has said what became of it. */
export function isSettled(entry: OutboxEntry, timeline: Pick<Timeline, 'known'>): boolean {
  const known = timeline.known.get(targetOf(entry));
  if (known === 'deleted') return true;
  if (known === undefined || entry.name === 'deletedMsg') return false;
  if (entry.name === 'chatMsg') return true;
  // An edit that lost against a newer one never gets a row of its own: that newer row ends the wait.
  const isTaken = entry.status === 'taken' || entry.status === 'unconfirmed';
  return known.msg_data === entry.data.content || (isTaken && known.revision > entry.baseRevision);
}

/**
 * The entries of a tab as it was before a reload. What was on its way is sent again under the same id, which makes no
 * second message. What cannot be read was not written by this version of the page, and is left out.
 */
export function parseEntries(kept: string | undefined): OutboxEntry[] {
  if (kept === undefined) return [];
  const list = v.safeParse(v.pipe(v.string(), v.parseJson(), v.array(v.unknown())), kept);
  if (!list.success) return [];
  return list.output
    .flatMap((entry) => {
      const parsed = v.safeParse(OutboxEntrySchema, entry);
      return parsed.success ? [parsed.output] : [];
    })
    .filter((entry) => !(entry.name === 'deletedMsg' && entry.status === 'taken'))
    .map((entry) => {
      const isUnderway = entry.status === 'sending' || entry.status === 'held';
      return isUnderway ? { ...entry, status: 'waiting' as const } : entry;
    });
}
