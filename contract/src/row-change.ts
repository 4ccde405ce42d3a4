import * as v from 'valibot';
import { Int8Schema, parseJson } from './int8.ts';

/** Who wrote a version of a message: the chat by its write rules, or any other SQL. */
export const SourceSchema = v.picklist(['chat', 'database']);

/** A row of `public.chat_data`. Drops columns that a deployer has added. */
export const ChatRowSchema = v.object({
  username: v.nullable(v.string()),
  msg_id: v.string(),
  msg_data: v.nullable(v.string()),
  client_id: v.nullable(v.string()),
  incremental_record_id: Int8Schema,
  /** ms since the epoch, unless a program wrote another unit; a trigger makes it non-null. */
  created_at_timestamp: Int8Schema,
  is_edited: v.nullable(v.boolean()),
  /** 1 on insert, incremented by every update. */
  revision: v.number(),
  /** When the newest edit applied was made, ms, not later than it reached Ably. */
  edited_at_timestamp: v.nullable(Int8Schema),
  /** Who wrote this revision; null or absent when that is older than the record of it. */
  source: v.nullish(SourceSchema),
  /** When this revision was written, ms; null or absent for the first, or as `source`. */
  changed_at_timestamp: v.nullish(Int8Schema),
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
  v.pipe(v.string(), v.transform(jsonOrNothing), RowChangeSchema),
]);

export type Source = v.InferOutput<typeof SourceSchema>;
export type ChatRow = v.InferOutput<typeof ChatRowSchema>;
export type RowChange = v.InferOutput<typeof RowChangeSchema>;

/** A text that is no JSON becomes undefined, which no row change is. */
function jsonOrNothing(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
