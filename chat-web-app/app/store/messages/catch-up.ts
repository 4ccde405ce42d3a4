import { DEFAULT_HISTORY_LIMIT, MAX_HISTORY_LIMIT } from '@chat/contract';
import type { ChatRow, HistoryPage } from '@chat/contract';
import type { HistoryRequest } from '../../api/history';
import { comparePositions } from './position';

export type ReadHistory = (request: HistoryRequest) => Promise<HistoryPage>;

export interface CatchUp {
  rows: ChatRow[];
  /** Ids in the range that the answer no longer contains: they were deleted meanwhile. */
  deleted: string[];
  /** The cursor of older messages, null at the beginning of the chat. */
  next: string | null;
}

/**
 * Reads from the newest message down to the oldest loaded one, so that the range has no gap.
 * @param loaded rows in display order, copied before reading: a row that arrives meanwhile must not
 *   count as deleted
 */
export async function catchUp(loaded: readonly ChatRow[], readHistory: ReadHistory): Promise<CatchUp> {
  const oldest = loaded[0];
  const limit = oldest ? MAX_HISTORY_LIMIT : DEFAULT_HISTORY_LIMIT;
  const rows: ChatRow[] = [];
  let next: string | null = null;
  do {
    const page: HistoryPage = await readHistory({ limit, ...(next !== null && { before: next }) });
    rows.push(...page.rows);
    next = page.next;
  } while (next !== null && oldest && !reaches(rows, oldest));

  const found = new Set(rows.map((row) => row.msg_id));
  const deleted = loaded.map((row) => row.msg_id).filter((id) => !found.has(id));
  return { rows, deleted, next };
}

/** @param rows newest first, so the last one is the oldest */
function reaches(rows: readonly ChatRow[], oldest: ChatRow): boolean {
  const last = rows.at(-1);
  return last !== undefined && comparePositions(last, oldest) <= 0;
}
