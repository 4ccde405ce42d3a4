import type { Queryable } from '../database.ts';
import type { Ids } from '../command-line.ts';

/** A row change that was set aside, as an operator chooses it. */
export interface SetAsideRow {
  readonly id: string;
  readonly at: string;
  readonly channel: string;
  readonly status: number;
  readonly code: number;
  readonly reason: string;
  /** Size of its data as text, in bytes. */
  readonly bytes: string;
}

/** More would not be read, and the numbers of the first lead to the next. */
const MOST_LISTED = 1_000;

/** Returns the first rows that were set aside, in publishing order, and the number of all. */
export async function listSetAside(database: Queryable): Promise<{ rows: SetAsideRow[]; total: number }> {
  const rows = await database.query<SetAsideRow>(
    `select sequence_id as id, channel, status, code, reason,
       to_char(set_aside_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at,
       coalesce(pg_column_size(data), 0) as bytes
     from public.outbox_set_aside order by sequence_id limit $1`,
    [MOST_LISTED],
  );
  return { rows, total: await countSetAside(database, null) };
}

export async function countSetAside(database: Queryable, ids: Ids): Promise<number> {
  const [row] = await database.query<{ total: number }>(
    `select count(*)::int as total from public.outbox_set_aside
     where $1::bigint[] is null or sequence_id = any ($1)`,
    [ids],
  );
  return row?.total ?? 0;
}

/**
 * Puts rows back into the outbox, in their order and under the ids of their messages.
 * @returns how many
 */
export async function retrySetAside(database: Queryable, ids: Ids): Promise<number> {
  const rows = await database.query(
    `with back as (
       delete from public.outbox_set_aside
       where $1::bigint[] is null or sequence_id = any ($1) returning *
     )
     insert into public.outbox (mutation_id, channel, name, data, headers)
     select mutation_id, channel, name, data, headers from back order by sequence_id
     returning sequence_id`,
    [ids],
  );
  return rows.length;
}

/** Deletes rows that were set aside. @returns how many */
export async function discardSetAside(database: Queryable, ids: Ids): Promise<number> {
  const rows = await database.query(
    `delete from public.outbox_set_aside
     where $1::bigint[] is null or sequence_id = any ($1) returning sequence_id`,
    [ids],
  );
  return rows.length;
}
