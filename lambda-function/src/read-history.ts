import { formatCursor } from '@chat/contract';
import type { ChatRow, HistoryPage, HistoryQuery } from '@chat/contract';
import type { Database } from './database/database.ts';

// Listed by name, so that a column which a deployer adds to the table does not become public.
const PUBLIC_COLUMNS = [
  'username',
  'msg_id',
  'msg_data',
  'client_id',
  'incremental_record_id',
  'created_at_timestamp',
  'is_edited',
  'revision',
  'edited_at_timestamp',
] satisfies (keyof ChatRow)[];

/**
 * Both queries read one short range of an index, so a page costs the same at any depth and table
 * size (about 5 blocks for 50 rows; a test counts them):
 *
 *     Limit → Index Scan using chat_data_newest_first
 *       Index Cond: (ROW(created_at_timestamp, incremental_record_id) < ROW(…))
 */
const NEWEST_FIRST = 'order by created_at_timestamp desc, incremental_record_id desc limit $1';
export const NEWEST_PAGE = `select ${PUBLIC_COLUMNS.join(', ')} from public.chat_data ${NEWEST_FIRST}`;
export const OLDER_PAGE = `select ${PUBLIC_COLUMNS.join(', ')} from public.chat_data
  where (created_at_timestamp, incremental_record_id) < ($2, $3) ${NEWEST_FIRST}`;

/** Returns one page of the chat, newest first. */
export async function readHistory(database: Database, { limit, before }: HistoryQuery): Promise<HistoryPage> {
  // One extra row shows whether there is a next page.
  const rows = before
    ? await database.query<ChatRow>('older-page', OLDER_PAGE, [limit + 1, before.createdAt, before.recordId])
    : await database.query<ChatRow>('newest-page', NEWEST_PAGE, [limit + 1]);
  const page = rows.slice(0, limit);
  const oldest = page.at(-1);
  const next =
    oldest && rows.length > limit
      ? formatCursor({ createdAt: oldest.created_at_timestamp, recordId: oldest.incremental_record_id })
      : null;
  return { rows: page, next };
}
