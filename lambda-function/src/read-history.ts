import type { ChangesCursor, ChatRow, HistoryPage, HistoryQuery } from '@chat/contract';
import { PUBLIC_COLUMNS_OF_CHAT, rowOf, type JoinedRow } from './chat-rows.ts';
import type { Database } from './database/database.ts';
import { cursorOf, MOMENT } from './moment.ts';
import { toPage } from './page.ts';

/**
 * Both queries read one short range of an index, so a page costs the same at any depth and table
 * size (about 5 blocks for 50 rows; a test counts them):
 *
 *     Limit → Index Scan using chat_data_newest_first
 *       Index Cond: (ROW(created_at_timestamp, incremental_record_id) < ROW(…))
 *
 * The newest page is read in one statement with its cursor, and so at the same moment. An empty
 * table gives one row, without a message.
 */
const NEWEST_FIRST = 'order by created_at_timestamp desc, incremental_record_id desc';
export const NEWEST_PAGE = `select * from (select ${MOMENT}) as moment left join (
    select ${PUBLIC_COLUMNS_OF_CHAT} from public.chat_data as chat ${NEWEST_FIRST} limit $1
  ) as page on true ${NEWEST_FIRST}`;
export const OLDER_PAGE = `select ${PUBLIC_COLUMNS_OF_CHAT} from public.chat_data as chat
  where (created_at_timestamp, incremental_record_id) < ($2, $3) ${NEWEST_FIRST} limit $1`;

/** Returns one page of the chat, newest first. The newest page has a cursor of chat-changes. */
export async function readHistory(database: Database, { limit, before }: HistoryQuery): Promise<HistoryPage> {
  // One extra row shows whether there is a next page.
  if (before) {
    const values = [limit + 1, before.createdAt, before.recordId];
    return toPage(await database.query<ChatRow>('older-page', OLDER_PAGE, values), limit);
  }
  const found = await database.query<ChangesCursor & JoinedRow>('newest-page', NEWEST_PAGE, [limit + 1]);
  const rows = found.map(rowOf).filter((row) => row !== undefined);
  return { ...toPage(rows, limit), cursor: cursorOf(found) };
}
