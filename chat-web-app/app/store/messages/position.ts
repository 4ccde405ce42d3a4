import type { ChatRow, Int8 } from '@chat/contract';

/** What a message is sorted by. A position stays valid when its row is deleted. */
export type Position = Pick<ChatRow, 'created_at_timestamp' | 'incremental_record_id' | 'msg_id'>;

/** Before every message. */
export const START: Position = {
  created_at_timestamp: Number.NEGATIVE_INFINITY,
  incremental_record_id: 0,
  msg_id: '',
};

export function positionOf({ created_at_timestamp, incremental_record_id, msg_id }: ChatRow): Position {
  return { created_at_timestamp, incremental_record_id, msg_id };
}

/** @param rows in display order */
export function endPosition(rows: readonly ChatRow[]): Position {
  const last = rows.at(-1);
  return last ? positionOf(last) : START;
}

/** Display order: time of publishing, then order of insertion. Negative when `a` comes first. */
export function comparePositions(a: Position, b: Position): number {
  return (
    compare(a.created_at_timestamp, b.created_at_timestamp) ||
    compare(a.incremental_record_id, b.incremental_record_id) ||
    // A program may write any record id; two messages must still never share a position.
    compare(a.msg_id, b.msg_id)
  );
}

/** Not a difference: a number and a bigint have none. */
function compare<Value extends Int8 | string>(a: Value, b: Value): number {
  return a < b ? -1 : Number(a > b);
}

/** The rows after a position, in order. The cost grows with their number only. */
export function rowsAfter(rows: readonly ChatRow[], position: Position): ChatRow[] {
  let first = rows.length;
  for (let row = rows[first - 1]; row && comparePositions(row, position) > 0; row = rows[first - 1]) {
    first -= 1;
  }
  return rows.slice(first);
}
