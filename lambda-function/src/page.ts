import { formatCursor, type ChatRow, type HistoryCursor } from '@chat/contract';

/** After every message; no sequence reaches this record id. */
export const LAST_POSITION: HistoryCursor = {
  createdAt: '9223372036854775807',
  recordId: '9223372036854775807',
};

type Positioned = Pick<ChatRow, 'created_at_timestamp' | 'incremental_record_id'>;

/** Makes a page of rows in display order, of which one more than `limit` was read. */
export function toPage<Row extends Positioned>(
  rows: readonly Row[],
  limit: number,
): { rows: Row[]; next: string | null } {
  const page = rows.slice(0, limit);
  const oldest = page.at(-1);
  const next =
    oldest && rows.length > limit
      ? formatCursor({
          createdAt: String(oldest.created_at_timestamp),
          recordId: String(oldest.incremental_record_id),
        })
      : null;
  return { rows: page, next };
}
