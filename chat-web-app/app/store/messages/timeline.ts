import type { ChatRow } from '@chat/contract';
import { merge } from './merge';
import type { RowOrTombstone } from './merge';
import { comparePositions } from './position';

/**
 * All messages that this tab received: by id, and the rows in display order. Lookups cost O(log n).
 * The timeline mutates in place: copying ten thousand rows on every change would cost more than
 * everything else. Its content depends on the set of updates only, never on their order.
 */
export interface Timeline {
  readonly byId: ReadonlyMap<string, RowOrTombstone>;
  readonly rows: readonly ChatRow[];
  /** Returns true when a visible row changed. */
  apply(msgId: string, update: RowOrTombstone): boolean;
  /** The index among the rows, -1 when there is no such row. */
  indexOf(msgId: string): number;
}

export function createTimeline(): Timeline {
  const byId = new Map<string, RowOrTombstone>();
  const rows: ChatRow[] = [];
  return {
    byId,
    rows,
    apply(msgId, update) {
      const before = byId.get(msgId);
      const after = merge(before, update);
      if (after === before) return false;
      byId.set(msgId, after);
      replace(rows, before, after);
      return before !== undefined || after !== 'deleted';
    },
    indexOf(msgId) {
      const row = byId.get(msgId);
      return isRow(row) ? indexOf(rows, row) : -1;
    },
  };
}

function replace(rows: ChatRow[], before: RowOrTombstone | undefined, after: RowOrTombstone): void {
  const from = isRow(before) ? indexOf(rows, before) : undefined;
  if (from !== undefined && isRow(before) && isRow(after) && comparePositions(before, after) === 0) {
    rows[from] = after;
    return;
  }
  if (from !== undefined) rows.splice(from, 1);
  if (isRow(after)) rows.splice(indexOf(rows, after), 0, after);
}

/** The number of rows before this one: its index, or where to insert it. */
function indexOf(rows: readonly ChatRow[], row: ChatRow): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = rows[middle];
    if (other !== undefined && comparePositions(other, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isRow(value: RowOrTombstone | undefined): value is ChatRow {
  return value !== undefined && value !== 'deleted';
}
