import { DEFAULT_HISTORY_LIMIT, MAX_HISTORY_LIMIT } from '@chat/contract';
import type { ChatRow, HistoryPage } from '@chat/contract';
import type { HistoryRequest } from '../../api/history';
import { comparePositions } from './position';
import type { Position } from './position';

export type ReadHistory = (request: HistoryRequest) => Promise<HistoryPage>;

/** Most pages of a new start. With the question for changes before it: three requests. */
const MAX_PAGES = 2;

export interface NewestRows {
  /** Newest first. */
  rows: ChatRow[];
  /** The cursor of older messages, null at the beginning of the chat. */
  next: string | null;
  /** The cursor of changes since then, undefined from a server that has none. */
  cursor: string | undefined;
}

/**
 * Reads the newest messages, if two pages suffice down to where the displayed range began.
 * @param start of the range displayed so far
 */
export async function readNewest(start: Position | undefined, readHistory: ReadHistory): Promise<NewestRows> {
  const limit = start ? MAX_HISTORY_LIMIT : DEFAULT_HISTORY_LIMIT;
  const first = await readHistory({ limit });
  const rows = [...first.rows];
  let { next } = first;
  for (let page = 2; page <= MAX_PAGES && next !== null && start && !reaches(rows, start); page += 1) {
    const older = await readHistory({ limit, before: next });
    rows.push(...older.rows);
    next = older.next;
  }
  return { rows, next, cursor: first.cursor };
}

/** @param rows newest first, so the last one is the oldest */
function reaches(rows: readonly ChatRow[], position: Position): boolean {
  const last = rows.at(-1);
  return last !== undefined && comparePositions(last, position) <= 0;
}
