import type { SearchMatch, SearchPage, SearchQuery } from '@chat/contract';
import { PUBLIC_COLUMNS_OF_CHAT, rowOf, type JoinedRow } from './chat-rows.ts';
import type { Database } from './database/database.ts';
import { LAST_POSITION, toPage } from './page.ts';

/** The rows are read in the statement that finds them, and so of the same moment. */
export const SEARCH = `select match.revision as matching_revision, match.content as matching_content,
    ${PUBLIC_COLUMNS_OF_CHAT}
  from public.chat_search($1, $2, $3, $4) as match
  join public.chat_data as chat on chat.msg_id = match.msg_id
  order by chat.created_at_timestamp desc, chat.incremental_record_id desc`;

type Found = JoinedRow & { matching_revision: number; matching_content: string | null };

/** Returns the newest messages of which a version contains all words; the last may be unfinished. */
export async function readSearch(
  database: Database,
  { q, limit, before = LAST_POSITION }: SearchQuery,
): Promise<SearchPage> {
  const values = [q, before.createdAt, before.recordId, limit + 1];
  const found = await database.query<Found>('search', SEARCH, values);
  const matches = found.flatMap(toMatch);
  const { rows, next } = toPage(
    matches.map(({ row }) => row),
    limit,
  );
  return { matches: matches.slice(0, rows.length), next };
}

function toMatch(found: Found): SearchMatch[] {
  const row = rowOf(found);
  return row ? [{ row, revision: found.matching_revision, content: found.matching_content }] : [];
}
