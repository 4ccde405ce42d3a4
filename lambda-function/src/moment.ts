import { formatChangesCursor, type ChangesCursor } from '@chat/contract';

/**
 * The moment that a statement reads, as the columns of a ChangesCursor. A replica does not list the
 * running transactions: there, everything since the oldest of them counts as not seen.
 */
export const MOMENT = `(extract(epoch from clock_timestamp()) * 1000)::bigint as ms,
  case when pg_is_in_recovery()
    then format('%1$s:%1$s:', pg_snapshot_xmin(pg_current_snapshot()))
    else pg_current_snapshot()::text
  end as snapshot`;

/** Returns the cursor of a statement that selects MOMENT in every row, and has at least one. */
export function cursorOf([found]: readonly ChangesCursor[]): string {
  if (!found) throw new Error('The statement returned no row');
  return formatChangesCursor(found);
}
