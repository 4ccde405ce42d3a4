import type { HistoryQuery, PastPage, PastRow } from '@chat/contract';
import type { Database } from './database/database.ts';
import { LAST_POSITION, toPage } from './page.ts';

const PAST_PAGE = 'select * from public.chat_history_at($1, $2, $3, $4)';

/** Returns one page of the chat as it was at `at`, newest first. */
export async function readPast(
  database: Database,
  { limit, before = LAST_POSITION, at }: HistoryQuery & { at: string },
): Promise<PastPage> {
  // One extra row shows whether there is a next page.
  const values = [at, before.createdAt, before.recordId, limit + 1];
  return toPage(await database.query<PastRow>('past-page', PAST_PAGE, values), limit);
}
