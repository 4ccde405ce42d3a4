import { DEFAULT_HISTORY_LIMIT, MAX_HISTORY_LIMIT } from '@chat/contract';
import type { ChatRow, HistoryPage } from '@chat/contract';
import type { HistoryRequest } from '../../api/history';
import { compareRows } from './merge';

export type ReadHistory = (request: HistoryRequest) => Promise<HistoryPage>;

export interface CaughtUp {
  rows: ChatRow[];
  /** Held before, inside the range that was read, and not in the answer: deleted meanwhile. */
  deleted: string[];
  /** The cursor of what is older than all of these, null at the beginning of the chat. */
  next: string | null;
}

/**
 * Reads from the newest message down to the oldest one held, so that nothing in between is missing.
 * @param held rows in display order, as they were before reading: a row that arrives while this reads is not judged
 */
export async function catchUp(held: readonly ChatRow[], readHistory: ReadHistory): Promise<CaughtUp> {
  const oldestHeld = held[0];
  const limit = oldestHeld ? MAX_HISTORY_LIMIT : DEFAULT_HISTORY_LIMIT;
  const rows: ChatRow[] = [];
  let next: string | null = null;
  do {
    const page: HistoryPage = await readHistory({ limit, ...(next !== null && { before: next }) });
    rows.push(...page.rows);
    next = page.next;
  } while (next !== null && oldestHeld && !reaches(rows, oldestHeld));

  const answered = new Set(rows.map((row) => row.msg_id));
  const deleted = held.map((row) => row.msg_id).filter((id) => !answered.has(id));
  return { rows, deleted, next };
}

/** Newest first, so the last row read is the oldest. */
function reaches(rows: readonly ChatRow[], oldestHeld: ChatRow): boolean {
  const last = rows.at(-1);
  return last !== undefined && compareRows(last, oldestHeld) <= 0;
}
