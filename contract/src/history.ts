import * as v from 'valibot';
import { isInt8 } from './int8.ts';
import { ChatRowSchema } from './row-change.ts';

export const MAX_HISTORY_LIMIT = 100;
export const DEFAULT_HISTORY_LIMIT = 50;

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

/** The query of `GET chat-history?limit=1..100&before=<cursor>`. Unknown names are rejected. */
export const HistoryQuerySchema = v.strictObject({
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,3}$/, 'must be a whole number'),
      v.transform(Number),
      v.minValue(1, 'must be at least 1'),
      v.maxValue(MAX_HISTORY_LIMIT, `must be at most ${MAX_HISTORY_LIMIT}`),
    ),
    String(DEFAULT_HISTORY_LIMIT),
  ),
  before: v.optional(HistoryCursorSchema),
});

/** Newest first. `next` is the `before` of the next page, null at the beginning of the chat. */
export const HistoryPageSchema = v.object({
  rows: v.array(ChatRowSchema),
  next: v.nullable(v.string()),
  /** With the newest page: the `since` of chat-changes for everything after this page was read. */
  cursor: v.optional(v.string()),
});

export type HistoryCursor = v.InferOutput<typeof HistoryCursorSchema>;
export type HistoryQuery = v.InferOutput<typeof HistoryQuerySchema>;
export type HistoryPage = v.InferOutput<typeof HistoryPageSchema>;

export function formatCursor({ createdAt, recordId }: HistoryCursor): string {
  return `${createdAt},${recordId}`;
}
