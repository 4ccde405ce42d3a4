import * as v from 'valibot';

/** A row of `public.chat_data`. Drops columns that a deployer has added. */
export const ChatRowSchema = v.object({
  username: v.nullable(v.string()),
  msg_id: v.string(),
  msg_data: v.nullable(v.string()),
  client_id: v.nullable(v.string()),
  incremental_record_id: v.number(),
  /** ms since the epoch; a trigger makes it non-null. */
  created_at_timestamp: v.number(),
  is_edited: v.nullable(v.boolean()),
  /** 1 on insert, incremented by every update. */
  revision: v.number(),
  /** Ably's timestamp of the newest edit applied, ms. */
  edited_at_timestamp: v.nullable(v.number()),
});

/** The data of a message on the incoming channel: the row after the change (before a DELETE). */
export const RowChangeSchema = v.object({
  table: v.literal('chat_data'),
  type: v.picklist(['INSERT', 'UPDATE', 'DELETE']),
  row: ChatRowSchema,
});

/**
 * Our connector publishes the change as JSON text, Ably's LiveSync as an object: readers accept
 * both.
 */
export const RowChangeMessageSchema = v.union([
  RowChangeSchema,
  v.pipe(v.string(), v.parseJson(), RowChangeSchema),
]);

export type ChatRow = v.InferOutput<typeof ChatRowSchema>;
export type RowChange = v.InferOutput<typeof RowChangeSchema>;
