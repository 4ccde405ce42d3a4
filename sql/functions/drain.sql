-- Draining: how connectors share the outbox. Each step is one round trip. The promises are those of
-- connector/SPEC.md; migrations/0002-outbox.sql explains why batches are recorded.

-- The size of a message as Ably counts it against its limit per publish, in bytes.
create or replace function public.outbox_message_bytes(name text, data text, headers jsonb)
returns bigint
language sql stable as $$
  select octet_length(name)::bigint + coalesce(octet_length(data), 0)
    + coalesce(octet_length('{"headers":}') + octet_length(headers::text), 0)
$$;

-- Why a change could not be captured; null for every other one. Not revoked, like the other functions
-- that a claim calls: the connector's role may have a grant for claims only.
create or replace function public.outbox_uncaptured(data jsonb) returns text
language sql immutable as $$
  select case when not data ? 'row' then data ->> 'uncaptured' end
$$;

-- The deletion of a row that is too large for a message, cut to the row's primary key, which is all
-- that a reader needs. Null for other changes, and for a table without one or without capture. A
-- trigger of that name has the name in the message as its first argument.
create or replace function public.outbox_cut_deletion(data jsonb) returns jsonb
language sql stable as $$
  select jsonb_set(data, '{row}', public.outbox_key_in(data, key.columns))
  from (
    select public.outbox_key_columns(t.tgrelid) as columns
    from pg_trigger as t
    where t.tgname in ('outbox_capture_delete', 'outbox_capture_truncate')
      and convert_from(
        substr(t.tgargs, 1, position('\x00'::bytea in t.tgargs) - 1), getdatabaseencoding()
      ) = data ->> 'table'
  ) as key
  where data ->> 'type' = 'DELETE' and key.columns <> '{}'
  limit 1
$$;

-- Claims the next rows of one channel for a node: a dead node's unfinished batches as they are,
-- else new batches.
--   claimed      ids of the batches that this node has in memory, publishing or settling
--   fill_bytes   the largest batch of several rows
--   most_bytes   a larger row comes in a batch of its own, without its data; a larger deletion is
--                cut to its primary key
-- Returns the rows in publishing order, each with its batch, and in composed_of how many rows an
-- unfinished batch had when it was composed (null for a new batch). A change that could not be
-- captured (capture-careful.sql) has no bytes, and the reason as its data. Returns nothing when no
-- row is pending, or while a live node publishes to the channel.
--
-- Planner settings: rows must be read in the order of outbox_by_channel, as many as fill the
-- batches. Left to its estimates, the planner may read, convert and sort all pending rows for each
-- claim: 20 times the duration, measured on a backlog of 50,000 rows. And a session that has worked
-- on a small outbox keeps plans that suit a small table, and would read a large backlog every time.
create or replace function public.outbox_claim_channel(
  node_id text, of_channel text, claimed bigint[], most_batches integer, most_rows integer,
  fill_bytes bigint, most_bytes bigint
) returns table (
  channel text, batch_id bigint, base_id uuid, composed_of integer,
  sequence_id bigint, mutation_id text, name text, data text, headers jsonb, bytes bigint
)
language plpgsql
set enable_sort = off set enable_incremental_sort = off set enable_seqscan = off
as $$
declare
  row_floor bigint;
  batch_floor bigint;
  has_unfinished boolean;
  pending record;
  ids bigint[];
  total bigint := 0;
  batches integer := 0;
begin
  -- Two nodes composing at the same time would get neighbouring batches of one channel, and publish
  -- them in any order.
  if not pg_try_advisory_xact_lock(2021, hashtext(of_channel)) then
    return;
  end if;

  select f.row_floor, f.batch_floor into row_floor, batch_floor from public.outbox_floor() as f;
  has_unfinished := exists (
    select from public.outbox_batches as batch
    where batch.channel = of_channel and batch.batch_id > batch_floor
      and batch.batch_id <> all (claimed)
  );
  if has_unfinished and exists (
    select from (
      select distinct batch.node from public.outbox_batches as batch
      where batch.channel = of_channel and batch.batch_id > batch_floor and batch.node <> node_id
    ) as other
    -- A node is alive while its lease has not expired and its session holds this lock. A killed
    -- process loses the lock at once. A process that only lost its connection may go on publishing
    -- for a while; Ably discards what both publish.
    where case when exists (
      select from public.nodes
      where nodes.id = other.node and nodes.expiry > clock_timestamp() at time zone 'utc'
    ) then not pg_try_advisory_xact_lock(2023, hashtext(other.node)) end
  ) then
    return;
  end if;
  if has_unfinished then
    -- An operator may have deleted all rows of a batch.
    delete from public.outbox_batches as batch
    where batch.channel = of_channel and batch.batch_id > batch_floor
      and batch.batch_id <> all (claimed)
      and not exists (
        select from public.outbox as o where o.sequence_id = any (batch.sequence_ids)
      );
    update public.outbox_batches as batch set node = node_id
    where batch.channel = of_channel and batch.batch_id > batch_floor
      and batch.batch_id <> all (claimed) and batch.node <> node_id;
    return query
    select
      batch.channel, batch.batch_id, batch.base_id, cardinality(batch.sequence_ids),
      o.sequence_id, o.mutation_id, o.name,
      coalesce(public.outbox_uncaptured(o.data), case
        when size.bytes <= most_bytes then o.data::text
        when cut.bytes <= most_bytes then cut.data::text
      end),
      o.headers,
      case when public.outbox_uncaptured(o.data) is null then coalesce(cut.bytes, size.bytes) end
    from public.outbox_batches as batch
    cross join unnest(batch.sequence_ids) with ordinality as listed (sequence_id, position)
    join public.outbox as o on o.sequence_id = listed.sequence_id
    cross join lateral public.outbox_message_bytes(o.name, o.data::text, o.headers) as size (bytes)
    left join lateral public.outbox_cut_deletion(o.data) as deletion (data) on size.bytes > most_bytes
    left join lateral (
      select deletion.data, public.outbox_message_bytes(o.name, deletion.data::text, o.headers) as bytes
    ) as cut on deletion.data is not null
    where batch.channel = of_channel and batch.batch_id > batch_floor
      and batch.batch_id <> all (claimed)
    order by batch.batch_id, listed.position;
    if found then
      return;
    end if;
  end if;

  channel := of_channel;
  for pending in
    select
      o.sequence_id, o.mutation_id, o.name, o.data::text as data, o.headers,
      public.outbox_uncaptured(o.data) as uncaptured
    from public.outbox as o
    where o.channel = of_channel and o.sequence_id > row_floor and not o.processed
      -- Ably's own consumers lock rows for a time.
      and (o.lock_expiry is null or o.lock_expiry < clock_timestamp() at time zone 'utc')
      and o.sequence_id not in (
        select unnest(batch.sequence_ids) from public.outbox_batches as batch
        where batch.channel = of_channel and batch.batch_id > batch_floor
      )
    order by o.sequence_id
    limit most_batches * most_rows
  loop
    data := pending.data;
    bytes := public.outbox_message_bytes(pending.name, data, pending.headers);
    if pending.uncaptured is not null then
      data := pending.uncaptured;
      bytes := null;
    elsif bytes > most_bytes then
      data := public.outbox_cut_deletion(data::jsonb);
      bytes := case
        when data is null then bytes
        else public.outbox_message_bytes(pending.name, data, pending.headers)
      end;
      data := case when bytes <= most_bytes then data end;
    end if;
    if ids is null or total + coalesce(bytes, 0) > fill_bytes or cardinality(ids) = most_rows then
      if ids is not null then
        insert into public.outbox_batches values (batch_id, base_id, of_channel, node_id, ids);
        batches := batches + 1;
        ids := null;
        exit when batches = most_batches;
      end if;
      batch_id := nextval('public.outbox_batches_batch_id_seq');
      base_id := gen_random_uuid();
      total := 0;
    end if;
    total := total + coalesce(bytes, 0);
    ids := ids || pending.sequence_id;
    sequence_id := pending.sequence_id;
    mutation_id := pending.mutation_id;
    name := pending.name;
    headers := pending.headers;
    return next;
  end loop;
  if ids is not null then
    insert into public.outbox_batches values (batch_id, base_id, of_channel, node_id, ids);
  end if;
end $$;

-- A role needs a grant for this and the next two; sql/README.md lists the connector's.
revoke execute on function public.outbox_claim_channel(
  text, text, bigint[], integer, integer, bigint, bigint
) from public;

-- Claims for up to most_channels channels with pending rows, except the busy ones, in the order of
-- their names beginning after start_after. Otherwise like outbox_claim_channel.
create or replace function public.outbox_claim(
  node_id text, busy text[], claimed bigint[], start_after text, most_channels integer,
  most_batches integer, most_rows integer, fill_bytes bigint, most_bytes bigint
) returns table (
  channel text, batch_id bigint, base_id uuid, composed_of integer,
  sequence_id bigint, mutation_id text, name text, data text, headers jsonb, bytes bigint
)
language plpgsql as $$
declare
  next_channel text;
  channels_claimed integer := 0;
  row_floor bigint := (public.outbox_floor()).row_floor;
begin
  for next_channel in
    -- Steps from channel to channel through the index: the cost grows with the number of channels,
    -- not of rows.
    with recursive pending (channel) as (
      (select o.channel from public.outbox as o
       where not o.processed and o.channel > start_after and o.sequence_id > row_floor
       order by o.channel limit 1)
      union all
      select (select o.channel from public.outbox as o
              where not o.processed and o.channel > pending.channel and o.sequence_id > row_floor
              order by o.channel limit 1)
      from pending where pending.channel is not null
    )
    select pending.channel from pending
    where pending.channel is not null and pending.channel <> all (busy)
  loop
    return query
    select * from public.outbox_claim_channel(
      node_id, next_channel, claimed, most_batches, most_rows, fill_bytes, most_bytes
    );
    if found then
      channels_claimed := channels_claimed + 1;
      exit when channels_claimed >= most_channels;
    end if;
  end loop;
end $$;

revoke execute on function public.outbox_claim(
  text, text[], bigint[], text, integer, integer, integer, bigint, bigint
) from public;

-- Removes published batches from the outbox; their rows that Ably rejected go to outbox_set_aside.
-- Batches that another node has taken over remain with it. Does not wait for the disk: a settlement
-- lost in a crash only publishes the batch again, under the same ids.
-- enable_seqscan: a session keeps the plan for a small outbox, as in outbox_claim_channel.
create or replace function public.outbox_settle(
  node_id text, batch_ids bigint[],
  rejected bigint[], statuses integer[], codes integer[], reasons text[]
) returns void
language plpgsql set enable_seqscan = off as $$
declare
  ids bigint[];
  newest bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  with settled as (
    delete from public.outbox_batches as batch
    where batch.batch_id = any (batch_ids) and batch.node = node_id
    returning batch.sequence_ids
  )
  select array_agg(listed.sequence_id) into ids
  from settled cross join unnest(settled.sequence_ids) as listed (sequence_id);

  if cardinality(rejected) > 0 then
    insert into public.outbox_set_aside (
      sequence_id, mutation_id, channel, name, data, headers, status, code, reason
    )
    select
      o.sequence_id, o.mutation_id, o.channel, o.name, o.data, o.headers,
      rejection.status, rejection.code, rejection.reason
    from unnest(outbox_settle.rejected, statuses, codes, reasons)
      as rejection (sequence_id, status, code, reason)
    join public.outbox as o on o.sequence_id = rejection.sequence_id
    where o.sequence_id = any (ids)
    on conflict do nothing;
  end if;

  -- LiveSync's readers compare with max(sequence_id), so the newest row of the table remains,
  -- marked as processed, until a newer one is settled. It gets no channel: it is not to be
  -- published again, and the last delete finds it through outbox_by_channel.
  select max(o.sequence_id) into newest from public.outbox as o;
  if newest = any (ids) then
    update public.outbox as o set processed = true, channel = '' where o.sequence_id = newest;
  end if;
  delete from public.outbox as o where o.sequence_id = any (ids) and o.sequence_id < newest;
  -- The one kept before. From the end, where it is, and not past those that are gone.
  delete from public.outbox as o
  where o.sequence_id = (
    select kept.sequence_id from public.outbox as kept
    where kept.channel = '' and kept.processed and kept.sequence_id < newest
    order by kept.sequence_id desc limit 1
  );
end $$;

revoke execute on function public.outbox_settle(
  text, bigint[], bigint[], integer[], integer[], text[]
) from public;
