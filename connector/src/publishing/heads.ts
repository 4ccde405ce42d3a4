import type { Database } from '../database.ts';

/** The first pending row of a channel, which changes whenever the channel gets on. */
export interface Head {
  readonly channel: string;
  readonly sequenceId: bigint;
}

/**
 * Returns the heads of up to `limit` channels, by name. Steps from channel to channel through the
 * index, as a claim does: a session that has seen a small outbox would else read all of a large one.
 */
export async function findHeads(database: Database, limit: number): Promise<Head[]> {
  const rows = await database.transaction(async (transaction) => {
    await transaction.query('set local enable_seqscan = off');
    return transaction.query<{ channel: string; sequence_id: string }>(
      `with recursive since as materialized (select row_floor from public.outbox_floor()),
       head (channel, sequence_id) as (
         (select channel, sequence_id from public.outbox
          where not processed and sequence_id > (select row_floor from since)
          order by channel, sequence_id limit 1)
         union all
         select next.channel, next.sequence_id from head cross join lateral (
           select o.channel, o.sequence_id from public.outbox as o
           where not o.processed and o.channel > head.channel
             and o.sequence_id > (select row_floor from since)
           order by o.channel, o.sequence_id limit 1
         ) as next
       )
       select channel, sequence_id from head limit $1`,
      [limit],
    );
  });
  return rows.map(({ channel, sequence_id }) => ({ channel, sequenceId: BigInt(sequence_id) }));
}
