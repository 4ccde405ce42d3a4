-- The nudge: wakes a sleeping connector when rows reach the outbox.
--
-- A NOTIFY without content, so it has no size limit, and losing one loses no row change: the rows
-- are in the outbox, and connectors also poll it.
--
-- PostgreSQL commits transactions with a NOTIFY one at a time, for the whole server, each until it
-- is on disk: a few thousand per second, on a slow disk a few hundred. So only a sleeping connector
-- is notified. An awake connector, which polls anyway, holds the advisory lock (2022, 0)
-- exclusively. While the lock is free, another connector or Ably's own reader may be asleep.
-- PostgreSQL releases the lock when its holder's session ends for any reason. Advisory locks are
-- not part of a snapshot, so this works at every isolation level.
-- connector/src/publishing/attention.ts explains how a connector goes to sleep without missing a
-- writer that saw it awake.
--
-- A NOTIFY can also fail its transaction at the commit, where nothing can catch the error: when the
-- server's one queue is full because a session of any program listens in an old transaction, and
-- when the transaction is prepared for a two-phase commit. So it is left out when the queue is half
-- full, and, unless `outbox.nudge` is `on`, on a server that permits prepared transactions. `off`
-- leaves out all nudges: `alter database … set outbox.nudge = 'off'`. Polling then finds the rows,
-- within a second.
--
-- The capture functions, which are security definer, call this under the writer's search_path:
-- every function here needs its schema (see capture.sql).
create or replace function public.outbox_notify() returns trigger
language plpgsql as $$
begin
  if pg_catalog.pg_try_advisory_lock_shared(2022, 0) then
    perform pg_catalog.pg_advisory_unlock_shared(2022, 0);
    -- A failed nudge must not fail the write.
    begin
      if (case pg_catalog.current_setting('outbox.nudge', true)
        when 'on' then true
        when 'off' then false
        else pg_catalog.current_setting('max_prepared_transactions') operator(pg_catalog.=) '0'
      end) and pg_catalog.pg_notification_queue_usage() operator(pg_catalog.<) 0.5 then
        perform pg_catalog.pg_notify('ably_adbc', '');
      end if;
    exception when others then
      raise warning 'outbox_notify could not notify the connectors: % (%)', sqlerrm, sqlstate;
    end;
  end if;
  return null;
end $$;

revoke execute on function public.outbox_notify() from public;

create or replace trigger public_outbox_trigger after insert on public.outbox
for each statement execute function public.outbox_notify();
