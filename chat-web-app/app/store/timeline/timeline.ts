import type { ChatRow } from '@chat/contract';
import { compareRows, merge } from './merge';
import type { Known } from './merge';

/**
 * All messages that this tab knows of: by id, and the rows in display order. Finding a place is O(log n). It changes in
 * place, since copying ten thousand entries for each change would cost more than all the rest; what it holds depends
 * only on which news it was given, never on their order.
 */
export interface Timeline {
  readonly known: ReadonlyMap<string, Known>;
  readonly rows: readonly ChatRow[];
  /** @returns whether anything that can be seen changed */
  apply(msgId: string, news: Known): boolean;
  /** Where a message stands among the rows, -1 when it is not there. */
  indexOf(msgId: string): number;
}

export function createTimeline(): Timeline {
  const known = new Map<string, Known>();
  const rows: ChatRow[] = [];
  return {
    known,
    rows,
    apply(msgId, news) {
      const before = known.get(msgId);
      const after = merge(before, news);
      if (after === before) return false;
      known.set(msgId, after);
      place(rows, before, after);
      return before !== undefined || after !== 'deleted';
    },
    indexOf(msgId) {
      const row = known.get(msgId);
      return isRow(row) ? indexOf(rows, row) : -1;
    },
  };
}

function place(rows: ChatRow[], before: Known | undefined, after: Known): void {
  const from = isRow(before) ? indexOf(rows, before) : undefined;
  if (from !== undefined && isRow(before) && isRow(after) && compareRows(before, after) === 0) {
    rows[from] = after;
    return;
  }
  if (from !== undefined) rows.splice(from, 1);
  if (isRow(after)) rows.splice(indexOf(rows, after), 0, after);
}

/** Where the row is, or where it belongs: the number of rows before it. */
function indexOf(rows: readonly ChatRow[], row: ChatRow): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = rows[middle];
    if (other !== undefined && compareRows(other, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isRow(known: Known | undefined): known is ChatRow {
  return known !== undefined && known !== 'deleted';
}
