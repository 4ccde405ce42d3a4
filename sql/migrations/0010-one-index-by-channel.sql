-- One whole index by channel instead of two partial ones: the writers pay for each index of the outbox, and for each condition of an
-- index, with every statement that is captured. What it saves is told in docs/performance.md.
--
-- The newest row, which stays after it was published (see outbox_settle), is found without an index of its own: nobody is to publish it
-- any more, so it has no channel, and no channel's rows lie beyond it.
create index outbox_by_channel on public.outbox (channel, sequence_id);
drop index public.outbox_waiting;
drop index public.outbox_processed;
update public.outbox set channel = '' where processed;

-- As in 0005, where the rest is told, and 0009.
create or replace function public.outbox_settle(
  me text, places bigint[], refused bigint[], statuses integer[], codes integer[], reasons text[]
) returns void
language plpgsql set enable_seqscan = off as $$
declare
  ids bigint[];
  newest bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  with gone as (
    delete from public.outbox_batches as batch
    where batch.place = any (places) and batch.node = me
    returning batch.sequence_ids
  )
  select array_agg(listed.sequence_id) into ids from gone cross join unnest(gone.sequence_ids) as listed (sequence_id);

  if cardinality(refused) > 0 then
    insert into public.outbox_set_aside (sequence_id, mutation_id, channel, name, data, headers, status, code, reason)
    select o.sequence_id, o.mutation_id, o.channel, o.name, o.data, o.headers, why.status, why.code, why.reason
    from unnest(refused, statuses, codes, reasons) as why (sequence_id, status, code, reason)
    join public.outbox as o on o.sequence_id = why.sequence_id
    where o.sequence_id = any (ids)
    on conflict do nothing;
  end if;

  -- LiveSync's readers compare with max(sequence_id), so the newest row of the table stays until a newer one takes its place.
  select max(o.sequence_id) into newest from public.outbox as o;
  if newest = any (ids) then
    update public.outbox as o set processed = true, channel = '' where o.sequence_id = newest;
  end if;
  delete from public.outbox as o where o.sequence_id = any (ids) and o.sequence_id < newest;
  delete from public.outbox as o where o.channel = '' and o.processed and o.sequence_id < newest;
end $$;
