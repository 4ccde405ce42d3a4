import type { Queryable } from '../database.ts';

/** What is pending and what is set aside, by channel and by code. */
export interface Breakdown {
  /** Pending rows of the channels, each counted up to 10,000. */
  readonly pending: ReadonlyMap<string, number>;
  /** Rows in outbox_set_aside, by Ably's code; the newest 100,000 are counted. */
  readonly setAside: ReadonlyMap<string, number>;
}

/** @param channels the channels to count, a bounded number */
export async function measureBreakdown(database: Queryable, channels: readonly string[]): Promise<Breakdown> {
  const pending = await database.query<{ label: string; rows: number }>(
    `select wanted.channel as label, (
       select count(*)::int from (
         select from public.outbox as o
         where o.channel = wanted.channel and not o.processed
           and o.sequence_id > (select row_floor from public.outbox_floor()) limit 10000
       ) as counted
     ) as rows
     from unnest($1::text[]) as wanted (channel)`,
    [channels],
  );
  const setAside = await database.query<{ label: string; rows: number }>(
    `select code::text as label, count(*)::int as rows
     from (select code from public.outbox_set_aside order by sequence_id desc limit 100000) as newest
     group by code order by 2 desc limit 20`,
  );
  const toMap = (rows: { label: string; rows: number }[]) =>
    new Map(rows.map(({ label, rows: count }) => [label, count]));
  return { pending: toMap(pending), setAside: toMap(setAside) };
}
