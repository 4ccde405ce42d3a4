import * as v from 'valibot';
import { ChatRowSchema } from './row-change.ts';

export const MAX_HISTORY_LIMIT = 100;
export const DEFAULT_HISTORY_LIMIT = 50;

const CURSOR = /^-?\d{1,15},\d{1,15}$/;

/**
 * A position in the display order, `<created_at_timestamp>,<incremental_record_id>`: a page
 * contains older rows.
 */
export const HistoryCursorSchema = v.pipe(
  v.string(),
  v.regex(CURSOR, 'must be <created_at_timestamp>,<incremental_record_id>'),
  v.transform((text) => {
    const [createdAt, recordId] = text.split(',').map(Number) as [number, number];
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
});

export type HistoryCursor = v.InferOutput<typeof HistoryCursorSchema>;
export type HistoryQuery = v.InferOutput<typeof HistoryQuerySchema>;
export type HistoryPage = v.InferOutput<typeof HistoryPageSchema>;

export function formatCursor({ createdAt, recordId }: HistoryCursor): string {
  return `${createdAt},${recordId}`;
}
