import type { Database } from '../database.ts';

/**
 * Records a batch of these rows, as a claim would, unless another node publishes to the channel.
 * @param bytes the largest batch of several rows
 * @returns the rows in the batch
 */
export async function claimAhead(
  database: Database,
  node: string,
  channel: string,
  sequenceIds: readonly number[],
  bytes: number,
): Promise<number[]> {
  return database.transaction(async (transaction) => {
    // The lock of outbox_claim_channel.
    const [lock] = await transaction.query<{ taken: boolean }>(
      'select pg_try_advisory_xact_lock(2021, hashtext($1)) as taken',
      [channel],
    );
    if (lock?.taken !== true) return [];
    const rows = await transaction.query<{ id: number }>(
      `with sized as (
         select o.sequence_id,
           row_number() over in_order as place,
           sum(public.outbox_message_bytes(o.name, o.data::text, o.headers)) over in_order as bytes,
           -- Ably's own consumers lock rows for a time.
           bool_or(o.lock_expiry >= clock_timestamp() at time zone 'utc') over in_order as locked
         from public.outbox as o
         where o.sequence_id = any ($3::bigint[]) and o.channel = $2 and not o.processed
         window in_order as (order by o.sequence_id)
       ),
       recorded as (
         insert into public.outbox_batches (channel, node, sequence_ids)
         select $2, $1, array_agg(sequence_id order by sequence_id) from sized
         where (bytes <= $4 or place = 1) and locked is not true and not exists (
           select from public.outbox_batches as other
           where other.channel = $2
             and other.batch_id > (select batch_floor from public.outbox_floor())
             and (other.node <> $1 or other.sequence_ids && $3::bigint[])
         )
         having count(*) > 0
         returning sequence_ids
       )
       select listed.id::float8 as id from recorded cross join unnest(sequence_ids) as listed (id)`,
      [node, channel, sequenceIds, bytes],
    );
    return rows.map(({ id }) => id);
  });
}
