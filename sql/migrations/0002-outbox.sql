-- The outbox: row changes that are still to be published, written in the transaction of the change.
--
-- outbox and nodes, and the trigger and NOTIFY channel of functions/nudge.sql, are those that
-- Ably's LiveSync documents, so that its hosted rule or its own image can drain the outbox as well
-- as our connector.

-- LiveSync uses serial, which ends at two thousand million row changes: bigserial here.
create table if not exists public.outbox (
  sequence_id bigserial primary key,
  mutation_id text not null,
  channel text not null,
  name text not null,
  rejected boolean not null default false,
  data jsonb,
  headers jsonb,
  locked_by text,
  lock_expiry timestamp without time zone,
  processed boolean not null default false
);

-- mutation_id is a UUID of version 7, which begins with the time (ms): the connector derives the
-- age of a pending row from it. A default costs the writers less than a volatile function in the
-- SELECT that fills the outbox, for which the planner adds a node (docs/performance.md). Below
-- PostgreSQL 18, which has uuidv7(), this default is the only difference to schema.sql.
do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    alter table public.outbox alter column mutation_id set default uuidv7()::text;
  else
    alter table public.outbox alter column mutation_id set default overlay(
      gen_random_uuid()::text placing overlay(
        lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
        placing '-' from 9 for 0
      ) || '-7' from 1 for 15
    );
  end if;
end $$;

-- Finds the next rows of a channel, and the next channel, without reading the rows between. One
-- whole index instead of several partial ones, because each index of the outbox, and each condition
-- of an index, costs every captured statement time (docs/performance.md).
create index outbox_by_channel on public.outbox (channel, sequence_id);

-- A published row that outbox_settle keeps has no channel. Gives the rows that LiveSync published
-- the same form.
update public.outbox set channel = '' where processed;

-- The processes that drain the outbox, each with the time (UTC) until which it counts as alive.
create table if not exists public.nodes (
  id text primary key,
  expiry timestamp without time zone not null
);

-- Which row changes go to which channel, as in the 2021 connector. A database that it served has
-- this table, with shorter names.
create table if not exists public.ablycontroltable (
  tablename text not null,
  ablychannelname text not null,
  operation text not null,
  primary key (tablename, ablychannelname, operation)
);
alter table public.ablycontroltable
  alter column tablename type text,
  alter column ablychannelname type text,
  alter column operation type text;

-- The batches that a connector has claimed and not yet settled. A batch is the row changes that one
-- request publishes to one channel.
--
-- Ably discards a repeated message only if it has the id of the first attempt, and accepts several
-- messages of one request only with ids of the form <base>:<index>. So the composition of a batch
-- is recorded before it is published: a node that has to repeat the publish, the same or the
-- successor of a dead one, finds it here. One row per batch instead of a mark on each outbox row,
-- which would write every outbox row a second time.
create table public.outbox_batches (
  -- Publishing order within a channel.
  batch_id bigserial primary key,
  -- The base of the Ably message ids.
  base_id uuid not null default gen_random_uuid(),
  channel text not null,
  node text not null,
  sequence_ids bigint[] not null
);
create index outbox_batches_by_channel on public.outbox_batches (channel, batch_id);

-- Row changes that Ably permanently rejected, with the reason, so that they do not hold up their
-- channel. For operators; nothing else reads this table.
create table public.outbox_set_aside (
  sequence_id bigint primary key,
  mutation_id text not null,
  channel text not null,
  name text not null,
  data jsonb,
  headers jsonb,
  -- HTTP status of Ably's answer; 0 when the connector did not send the row.
  status integer not null,
  -- Ably's error code.
  code integer not null,
  reason text not null,
  set_aside_at timestamptz not null default now()
);
