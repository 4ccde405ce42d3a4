import * as v from 'valibot';
import { isInt8 } from './int8.ts';
import { limitUpTo } from './limit.ts';
import { ChatRowSchema } from './row-change.ts';

export const MAX_HISTORY_LIMIT = 100;
export const DEFAULT_HISTORY_LIMIT = 50;

const MOMENT = /^-?\d{1,19}$/;
const CURSOR = /^-?\d{1,19},-?\d{1,19}$/;
const DESCRIPTION = 'must be <created_at_timestamp>,<incremental_record_id>';

/**
 * A position in the display order, `<created_at_timestamp>,<incremental_record_id>`: a page
 * contains older rows. Both are any `bigint`, and stay digits: a number would round them.
 */
export const HistoryCursorSchema = v.pipe(
  v.string(),
  v.regex(CURSOR, DESCRIPTION),
  v.check((text) => !CURSOR.test(text) || text.split(',').every(isInt8), DESCRIPTION),
  v.transform((text) => {
    const [createdAt = '', recordId = ''] = text.split(',');
    return { createdAt, recordId };
  }),
);

/** ms since the epoch, as digits: any `bigint`. */
const MomentSchema = v.pipe(
  v.string(),
  v.regex(MOMENT, 'must be ms since the epoch'),
  v.check((text) => !MOMENT.test(text) || isInt8(text), 'must be ms since the epoch'),
);

/**
 * The query of `GET chat-history?limit=1..100&before=<cursor>&at=<ms>`. With `at`: the chat as it
 * was then. Unknown names are rejected.
 */
export const HistoryQuerySchema = v.strictObject({
  limit: v.optional(limitUpTo(MAX_HISTORY_LIMIT), String(DEFAULT_HISTORY_LIMIT)),
  before: v.optional(HistoryCursorSchema),
  at: v.optional(MomentSchema),
});

/**
 * A row as it was at `at`. A message that existed then and was deleted since has neither author nor
 * text.
 */
export const PastRowSchema = v.object({
  ...ChatRowSchema.entries,
  is_deleted: v.optional(v.boolean(), false),
});

/** Newest first. `next` is the `before` of the next page, null at the beginning of the chat. */
export const HistoryPageSchema = v.object({
  rows: v.array(ChatRowSchema),
  next: v.nullable(v.string()),
  /** With the newest page: the `since` of chat-changes for everything after this page was read. */
  cursor: v.optional(v.string()),
});

/** A page of the chat as it was at `at`, newest first. */
export const PastPageSchema = v.object({
  rows: v.array(PastRowSchema),
  next: v.nullable(v.string()),
});

export type HistoryCursor = v.InferOutput<typeof HistoryCursorSchema>;
export type HistoryQuery = v.InferOutput<typeof HistoryQuerySchema>;
export type HistoryPage = v.InferOutput<typeof HistoryPageSchema>;
export type PastRow = v.InferOutput<typeof PastRowSchema>;
export type PastPage = v.InferOutput<typeof PastPageSchema>;

export function formatCursor({ createdAt, recordId }: HistoryCursor): string {
  return `${createdAt},${recordId}`;
}
