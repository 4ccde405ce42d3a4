import type { ChatRow } from '@chat/contract';
import { compareRows } from './merge';
import type { Place } from './merge';

/** Before every message. */
export const BEGINNING: Place = {
  created_at_timestamp: Number.NEGATIVE_INFINITY,
  incremental_record_id: 0,
  msg_id: '',
};

/** Where a row stands, which is remembered although the row may go. */
export function placeOf({ created_at_timestamp, incremental_record_id, msg_id }: ChatRow): Place {
  return { created_at_timestamp, incremental_record_id, msg_id };
}

/** The rows after a place, in order. Costs as much as there are, not as many as are held. */
export function rowsAfter(rows: readonly ChatRow[], place: Place): ChatRow[] {
  let first = rows.length;
  for (let row = rows[first - 1]; row && compareRows(row, place) > 0; row = rows[first - 1]) first -= 1;
  return rows.slice(first);
}
