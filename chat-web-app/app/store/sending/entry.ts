import {
  ChatMessageSchema,
  DeletedMessageSchema,
  EditedMessageSchema,
  MessageIdSchema,
} from '@chat/contract';
import * as v from 'valibot';

const common = {
  /** The Ably message id; a chatMsg's id becomes its `msg_id`. */
  id: MessageIdSchema,
  /** ms since the epoch */
  at: v.number(),
  status: v.picklist(['undoable', 'pending', 'publishing', 'acknowledged', 'overdue', 'failed']),
  /** Why it failed, in words for the person. */
  reason: v.nullable(v.string()),
  /** The revision that an edit started from. */
  baseRevision: v.number(),
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

/** The id of the message that an entry creates or changes. */
export function targetOf(entry: SendEntry): string {
  if (entry.name === 'chatMsg') return entry.id;
  return entry.name === 'editedMsg' ? entry.data.msgIdToEdit : entry.data.msgIdToDelete;
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
      // History has no tombstones, so nothing could confirm an acknowledged deletion.
      .filter(({ name, status }) => !(name === 'deletedMsg' && status === 'acknowledged'))
      .map((entry) => {
        const isInterrupted = entry.status === 'publishing' || entry.status === 'undoable';
        return isInterrupted ? { ...entry, status: 'pending' as const } : entry;
      })
  );
}
