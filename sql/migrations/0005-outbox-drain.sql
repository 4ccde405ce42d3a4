-- Draining: how connectors share the outbox, each step in one round trip. The promises are those of connector/SPEC.md.
--
-- A batch is what goes out to one channel in one request. Ably drops a repeat only when it comes under the ids of the first time, and
-- takes several messages with ids of ours only as <base>:<index>. So which rows go together is written down before they are
-- published, and whoever has to repeat a publish, this node or the heir of a dead one, finds it here. One line per batch, not a mark
-- on each of its rows: that would write every row once more.

create table public.outbox_batches (
  -- Publishing order within a channel.
  place bigserial primary key,
  -- The base of the message ids.
  id uuid not null default gen_random_uuid(),
  channel text not null,
  node text not null,
  sequence_ids bigint[] not null
);
create index outbox_batches_by_channel on public.outbox_batches (channel, place);

-- Messages that Ably will never accept, with the reason, out of the way of their channel. Nothing reads this table but you.
create table public.outbox_set_aside (
  sequence_id bigint primary key,
  mutation_id text not null,
  channel text not null,
  name text not null,
  data jsonb,
  headers jsonb,
  -- Ably's answer; 0 when it was not even asked.
  status integer not null,
  code integer not null,
  reason text not null,
  set_aside_at timestamptz not null default now()
);

-- What Ably counts against its limit of a publish, in bytes.
create function public.outbox_message_bytes(name text, data text, headers jsonb) returns bigint
language sql stable as $$
  select octet_length(name)::bigint + coalesce(octet_length(data), 0)
    + coalesce(octet_length('{"headers":}') + octet_length(headers::text), 0)
$$;

-- Claims the next rows of one channel for a node: the unfinished batches of a dead node as they are, else new ones.
--   known        places of batches that the node is working on, or is about to settle
--   fill_bytes   a batch of several rows is no larger
--   most_bytes   the data of a larger row is not given out; the row comes as a batch of its own
-- Answers the rows, in publishing order, with the batch of each, and how many rows a batch had when it was composed before.
-- Nothing when there is nothing, or when a live node is at work.
create function public.outbox_claim_channel(
  me text, of_channel text, known bigint[], most_batches integer, most_rows integer, fill_bytes bigint, most_bytes bigint
) returns table (
  channel text, place bigint, batch_id uuid, composed_of integer,
  sequence_id bigint, mutation_id text, name text, data text, headers jsonb, bytes bigint
)
language plpgsql as $$
declare
  unfinished boolean;
  waiting record;
  ids bigint[];
  total bigint := 0;
  batches integer := 0;
begin
  -- Two nodes that composed at once would get neighbouring batches of one channel and publish them in any order.
  if not pg_try_advisory_xact_lock(2021, hashtext(of_channel)) then
    return;
  end if;

  unfinished := exists (
    select from public.outbox_batches as batch where batch.channel = of_channel and batch.place <> all (known)
  );
  if unfinished and exists (
    select from (
      select distinct batch.node from public.outbox_batches as batch where batch.channel = of_channel and batch.node <> me
    ) as other
    -- Alive: in time with its heartbeats, and with its session, which holds this lock. A killed process loses it at once. One
    -- that only lost its connection may go on publishing for a while: what it repeats, or we, Ably drops.
    where case when exists (
      select from public.nodes
      where nodes.id = other.node and nodes.expiry > clock_timestamp() at time zone 'utc'
    ) then not pg_try_advisory_xact_lock(2023, hashtext(other.node)) end
  ) then
    return;
  end if;
  if unfinished then
    -- Somebody may have deleted rows by hand.
    delete from public.outbox_batches as batch
    where batch.channel = of_channel and batch.place <> all (known)
      and not exists (select from public.outbox as o where o.sequence_id = any (batch.sequence_ids));
    update public.outbox_batches as batch set node = me
    where batch.channel = of_channel and batch.place <> all (known) and batch.node <> me;
    return query
    select batch.channel, batch.place, batch.id, cardinality(batch.sequence_ids),
      o.sequence_id, o.mutation_id, o.name, case when size.bytes <= most_bytes then o.data::text end, o.headers, size.bytes
    from public.outbox_batches as batch
    cross join unnest(batch.sequence_ids) with ordinality as listed (sequence_id, position)
    join public.outbox as o on o.sequence_id = listed.sequence_id
    cross join lateral public.outbox_message_bytes(o.name, o.data::text, o.headers) as size (bytes)
    where batch.channel = of_channel and batch.place <> all (known)
    order by batch.place, listed.position;
    if found then
      return;
    end if;
  end if;

  channel := of_channel;
  for waiting in
    select o.sequence_id, o.mutation_id, o.name, o.data::text as data, o.headers
    from public.outbox as o
    where o.channel = of_channel and not o.processed
      -- Ably's own consumers lock rows for a time.
      and (o.lock_expiry is null or o.lock_expiry < clock_timestamp() at time zone 'utc')
      and o.sequence_id not in (
        select unnest(batch.sequence_ids) from public.outbox_batches as batch where batch.channel = of_channel
      )
    order by o.sequence_id
    limit most_batches * most_rows
  loop
    bytes := public.outbox_message_bytes(waiting.name, waiting.data, waiting.headers);
    if ids is null or total + bytes > fill_bytes or cardinality(ids) = most_rows then
      if ids is not null then
        insert into public.outbox_batches values (place, batch_id, of_channel, me, ids);
        batches := batches + 1;
        ids := null;
        exit when batches = most_batches;
      end if;
      place := nextval('public.outbox_batches_place_seq');
      batch_id := gen_random_uuid();
      total := 0;
    end if;
    total := total + bytes;
    ids := ids || waiting.sequence_id;
    sequence_id := waiting.sequence_id;
    mutation_id := waiting.mutation_id;
    name := waiting.name;
    data := case when bytes <= most_bytes then waiting.data end;
    headers := waiting.headers;
    return next;
  end loop;
  if ids is not null then
    insert into public.outbox_batches values (place, batch_id, of_channel, me, ids);
  end if;
end $$;

-- The same for up to `most_channels` channels that have rows, `busy` ones left out, in the order of their names after `start_after`.
create function public.outbox_claim(
  me text, busy text[], known bigint[], start_after text, most_channels integer,
  most_batches integer, most_rows integer, fill_bytes bigint, most_bytes bigint
) returns table (
  channel text, place bigint, batch_id uuid, composed_of integer,
  sequence_id bigint, mutation_id text, name text, data text, headers jsonb, bytes bigint
)
language plpgsql as $$
declare
  next_channel text;
  claimed integer := 0;
begin
  for next_channel in
    -- Steps from channel to channel through the index: the cost grows with the channels, not with the rows.
    with recursive waiting (channel) as (
      (select o.channel from public.outbox as o
       where not o.processed and o.channel > start_after order by o.channel limit 1)
      union all
      select (select o.channel from public.outbox as o
              where not o.processed and o.channel > waiting.channel order by o.channel limit 1)
      from waiting where waiting.channel is not null
    )
    select waiting.channel from waiting
    where waiting.channel is not null and waiting.channel <> all (busy)
  loop
    return query
    select * from public.outbox_claim_channel(
      me, next_channel, known, most_batches, most_rows, fill_bytes, most_bytes
    );
    if found then
      claimed := claimed + 1;
      exit when claimed >= most_channels;
    end if;
  end loop;
end $$;

-- Removes the batches that Ably has; of their rows, those that it refused go to outbox_set_aside. Batches that another node took
-- over meanwhile stay its own. Losing a settlement in a crash only publishes the batch again, under the same ids, so it need not
-- wait for the disk.
create function public.outbox_settle(
  me text, places bigint[], refused bigint[], statuses integer[], codes integer[], reasons text[]
) returns void
language plpgsql as $$
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
    update public.outbox as o set processed = true where o.sequence_id = newest;
  end if;
  delete from public.outbox as o where o.sequence_id = any (ids) and o.sequence_id < newest;
  delete from public.outbox as o where o.processed and o.sequence_id < newest;
end $$;

-- A role needs to be granted these; see sql/README.md.
revoke execute on function
  public.outbox_claim_channel, public.outbox_claim, public.outbox_settle
from public;
