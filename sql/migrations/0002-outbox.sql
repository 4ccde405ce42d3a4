-- The outbox: what is still to be published, written in the transaction of the change that it tells about. Tables, trigger
-- and NOTIFY channel are those that Ably's LiveSync documents, so its hosted rule or its own image can drain it as well as our
-- connector.

-- bigserial where LiveSync says serial: two thousand million changes are not many for a public table.
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

-- The processes that drain the outbox, each with the time until which it counts as alive.
create table if not exists public.nodes (
  id text primary key,
  expiry timestamp without time zone not null
);

-- Which changes go where, as the 2021 connector keeps it. A database that it served has this table, with shorter names.
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

-- Finds the next rows of a channel, and the next channel, without reading the rows between.
create index if not exists outbox_waiting on public.outbox (channel, sequence_id) where not processed;

-- The newest row of all stays, marked as processed, until a newer one is settled (see outbox_settle): this finds it then.
create index if not exists outbox_processed on public.outbox (sequence_id) where processed;

-- A nudge, not a delivery: NOTIFY carries nothing, so there is no limit on messages and nothing to lose while nobody listens.
--
-- NOTIFY makes commits queue up behind one lock, all of the server's, until each is on disk: a few thousand a second, or a few
-- hundred on a slow disk, whatever the number of writers. So only a sleeper is nudged. A connector that is awake, which means that
-- it will look again anyway, holds the advisory lock (2022, 0) for itself alone; where nobody holds it, somebody may sleep: another
-- connector, or Ably's own. PostgreSQL frees it when its holder's session ends, however that happens. The lock is no part of any
-- snapshot, so this holds at every isolation level. How a connector goes to sleep without missing a writer that saw it awake is
-- told in connector/src/attention.ts.
create or replace function public.outbox_notify() returns trigger
language plpgsql as $$
begin
  if pg_try_advisory_lock_shared(2022, 0) then
    perform pg_advisory_unlock_shared(2022, 0);
    -- A nudge that fails must not fail the write that it follows; the rows are in the outbox and are found by polling.
    begin
      perform pg_notify('ably_adbc', '');
    exception when others then
      raise warning 'outbox_notify could not send its nudge: % (%)', sqlerrm, sqlstate;
    end;
  end if;
  return null;
end $$;

create or replace trigger public_outbox_trigger after insert on public.outbox
for each statement execute function public.outbox_notify();
