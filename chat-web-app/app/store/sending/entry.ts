import { ActionIdSchema, ChatMessageSchema, DeletedMessageSchema, EditedMessageSchema } from '@chat/contract';
import * as v from 'valibot';

const common = {
  /** The identity of what the person did; a chatMsg's id becomes its `msg_id`. */
  id: ActionIdSchema,
  /** ms since the epoch */
  at: v.number(),
  status: v.picklist(['undoable', 'pending', 'publishing', 'acknowledged', 'overdue', 'failed']),
  /** Why it failed, or why it waits, in words for the person. */
  reason: v.nullable(v.string()),
  /** The revision that an edit started from. */
  baseRevision: v.number(),
  /** The texts of edits that this one replaced, and that may still be on their way. */
  replaced: v.optional(v.array(v.string()), []),
  /** s in which a deletion can still be undone. */
  undoLeft: v.optional(v.number(), 0),
  /** The clientIds under which it was published: more than one when an identity expired between. */
  publishedAs: v.optional(v.array(v.string()), []),
  /** The number of the present attempt, from 1; 0: never published. */
  attempt: v.optional(v.number(), 0),
  /** When the present attempt began, ms since the epoch. */
  attemptedAt: v.optional(v.number(), 0),
  /** Ably acknowledged the present attempt. */
  isAcknowledged: v.optional(v.boolean(), false),
  /** Acknowledged attempts of the present round. */
  acknowledged: v.optional(v.number(), 0),
  /** When to look for the row of an acknowledged entry, ms since the epoch. */
  dueAt: v.optional(v.number(), 0),
  /** A cursor of chat-changes from before the entry was made: its changes follow. */
  since: v.optional(v.nullable(v.string()), null),
};

/** An entry of the send queue: a message, edit or deletion that is not confirmed yet. */
export const SendEntrySchema = v.variant('name', [
  v.object({ ...common, name: v.literal('chatMsg'), data: ChatMessageSchema }),
  v.object({ ...common, name: v.literal('editedMsg'), data: EditedMessageSchema }),
  v.object({ ...common, name: v.literal('deletedMsg'), data: DeletedMessageSchema }),
]);

export type SendEntry = v.InferOutput<typeof SendEntrySchema>;
export type SendStatus = SendEntry['status'];
export type Outgoing = SendEntry extends infer Entry
  ? Entry extends { name: unknown; data: unknown }
    ? Pick<Entry, 'name' | 'data'>
    : never
  : never;

/**
 * Whether an entry can be withdrawn: it has not been published. One whose publish was interrupted
 * may have reached Ably.
 */
export function isWithdrawable({ status, publishedAs }: SendEntry): boolean {
  return (status === 'pending' || status === 'undoable') && publishedAs.length === 0;
}

/** The id of the message that an entry creates or changes. */
export function targetOf(entry: SendEntry): string {
  if (entry.name === 'chatMsg') return entry.id;
  return entry.name === 'editedMsg' ? entry.data.msgIdToEdit : entry.data.msgIdToDelete;
}

/** Whether an entry is an edit of this message. */
export function isEditOf(entry: SendEntry, msgId: string): boolean {
  return entry.name === 'editedMsg' && entry.data.msgIdToEdit === msgId;
}

/**
 * Parses the entries that the tab stored before a reload. An interrupted publish repeats under the
 * same id, which creates no second message. Invalid entries (of another version) are dropped.
 */
export function parseEntries(stored: string | undefined): SendEntry[] {
  if (stored === undefined) return [];
  const list = v.safeParse(v.pipe(v.string(), v.parseJson(), v.array(v.unknown())), stored);
  if (!list.success) return [];
  return (
    list.output
      .flatMap((entry) => {
        const parsed = v.safeParse(SendEntrySchema, entry);
        return parsed.success ? [parsed.output] : [];
      })
      // Without a cursor nothing could confirm an acknowledged deletion: history has no tombstones.
      .filter(
        ({ name, status, since }) => !(name === 'deletedMsg' && status === 'acknowledged' && since === null),
      )
      .map((entry) => {
        const isInterrupted = entry.status === 'publishing' || entry.status === 'undoable';
        return isInterrupted ? { ...entry, status: 'pending' as const } : entry;
      })
  );
}
