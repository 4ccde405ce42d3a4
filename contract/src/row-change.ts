import * as v from 'valibot';

/** A row of `public.chat_data`. Columns that a deployer adds are dropped here, so they can add what they like. */
export const ChatRowSchema = v.object({
  username: v.nullable(v.string()),
  msg_id: v.string(),
  msg_data: v.nullable(v.string()),
  client_id: v.nullable(v.string()),
  incremental_record_id: v.number(),
  /** ms since the epoch; the database sees to it that it is never null. */
  created_at_timestamp: v.number(),
  is_edited: v.nullable(v.boolean()),
  /** 1 on insert, one more with every update. */
  revision: v.number(),
  /** Ably timestamp, ms, of the newest edit applied. */
  edited_at_timestamp: v.nullable(v.number()),
});

/** The data of every message on the incoming channel: the row as it is after the change (before it, for a DELETE). */
export const RowChangeSchema = v.object({
  table: v.literal('chat_data'),
  type: v.picklist(['INSERT', 'UPDATE', 'DELETE']),
  row: ChatRowSchema,
});

/** Our connector sends the change as JSON text, Ably's LiveSync as an object: readers take both. */
export const RowChangeMessageSchema = v.union([
  RowChangeSchema,
  v.pipe(v.string(), v.parseJson(), RowChangeSchema),
]);

export type ChatRow = v.InferOutput<typeof ChatRowSchema>;
export type RowChange = v.InferOutput<typeof RowChangeSchema>;
