import type { ChatRow } from '@chat/contract';
import { merge } from './merge';
import type { RowOrTombstone } from './merge';
import { comparePositions } from './position';
import type { Position } from './position';

/**
 * All messages that this tab received, by id, and the displayed rows: every held row from `start`
 * on, in display order. Below `start` the tab has not read the history, so a row that it received
 * from there (an old message was edited) is held but not displayed: the rows between are missing.
 *
 * Lookups cost O(log n). The timeline mutates in place: copying ten thousand rows on every change
 * would cost more than everything else. Its content depends on the set of updates only, never on
 * their order.
 */
export interface Timeline {
  readonly byId: ReadonlyMap<string, RowOrTombstone>;
  readonly rows: readonly ChatRow[];
  /** The lower end of the displayed range, undefined while nothing is displayed. */
  readonly start: Position | undefined;
  /** Returns true when a displayed row changed. */
  apply(msgId: string, update: RowOrTombstone): boolean;
  /** Removes a row as if it had never been received; a later update may bring it back. */
  forget(msgId: string): void;
  /** Moves the lower end of the displayed range. */
  startAt(start: Position): void;
  /** The index among the displayed rows, -1 when there is no such row. */
  indexOf(msgId: string): number;
}

export function createTimeline(): Timeline {
  const byId = new Map<string, RowOrTombstone>();
  const rows: ChatRow[] = [];
  let start: Position | undefined;

  const isDisplayed = (value: RowOrTombstone | undefined): value is ChatRow =>
    isRow(value) && start !== undefined && comparePositions(value, start) >= 0;

  /** Returns whether a displayed row changed. */
  function replace(before: RowOrTombstone | undefined, after: RowOrTombstone | undefined): boolean {
    const from = isDisplayed(before) ? countBefore(rows, before) : undefined;
    if (isDisplayed(before) && isDisplayed(after) && comparePositions(before, after) === 0) {
      rows[countBefore(rows, before)] = after;
      return true;
    }
    if (from !== undefined) rows.splice(from, 1);
    if (isDisplayed(after)) rows.splice(countBefore(rows, after), 0, after);
    return from !== undefined || isDisplayed(after);
  }

  return {
    byId,
    rows,
    get start() {
      return start;
    },
    apply(msgId, update) {
      const before = byId.get(msgId);
      const after = merge(before, update);
      if (after === before) return false;
      byId.set(msgId, after);
      return replace(before, after);
    },
    forget(msgId) {
      const before = byId.get(msgId);
      byId.delete(msgId);
      replace(before, undefined);
    },
    startAt(next) {
      rows.splice(0, countBefore(rows, next));
      const isAdded = (row: RowOrTombstone): row is ChatRow =>
        isRow(row) && comparePositions(row, next) >= 0 && !isDisplayed(row);
      const added = [...byId.values()].filter(isAdded).sort(comparePositions);
      rows.unshift(...added);
      start = next;
    },
    indexOf(msgId) {
      const row = byId.get(msgId);
      return isDisplayed(row) ? countBefore(rows, row) : -1;
    },
  };
}

/** The number of rows before a position: the index of its row, or where to insert it. */
function countBefore(rows: readonly ChatRow[], position: Position): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = rows[middle];
    if (other !== undefined && comparePositions(other, position) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function isRow(value: RowOrTombstone | undefined): value is ChatRow {
  return value !== undefined && value !== 'deleted';
}
