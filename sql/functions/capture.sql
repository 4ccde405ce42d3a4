-- Capture: trigger functions that copy row changes into the outbox, in the transaction of the
-- change. The connector creates the triggers, from its configuration:
--
--   create trigger … after insert on some_table referencing new table as new_rows
--   for each statement
--   execute function public.outbox_capture_insert('some_table', 'a-channel', 'another-channel');
--
--   … after update on some_table referencing new table as new_rows …
--   … after delete on some_table referencing old table as old_rows …
--   … before truncate on some_table …
--
-- The first argument is the table's name in the published messages, the others are the channels.
-- Arguments cost the writers less than a look-up of the channels in ablycontroltable per statement
-- (docs/performance.md lists what each part of capture costs).
--
-- Per statement and channel there is one insert into the outbox, however many rows changed. It
-- reads the transition table alone, so within a channel sequence_id follows the order in which the
-- statement changed the rows.
--
-- Security definer: a program that may write to a table needs no right on the outbox. The functions
-- set no search_path, which would cost every statement, and run under the writer's. Therefore every
-- function, type and table has its schema here, and no operator is used. new_rows and old_rows are
-- safe: a transition table takes precedence over tables found through a search_path.
-- use_variable: a captured table may have columns with the names of our variables.
--
-- Only the owner may execute them, which PostgreSQL checks when a trigger is created, not when it
-- fires: a role that could create one on a table of its own would publish whatever it inserts there.
--
-- The owner of a captured table can run code with the rights of these functions, by a column of a
-- type with a cast to json of its own. Capture the tables of trusted owners only.
--
-- The three functions below are nearly identical. Written out, they can be read, searched and
-- changed as plain SQL, which a DO block that generates them cannot.

create or replace function public.outbox_capture_insert() returns trigger
language plpgsql security definer as $$
#variable_conflict use_variable
declare
  further_channel pg_catalog.text;
begin
  -- Also without a channel: the null fails the statement, instead of losing its changes silently.
  insert into public.outbox (channel, name, data)
  select
    tg_argv[1], 'New message from the Ably/ Postgres connector',
    pg_catalog.jsonb_build_object('table', tg_argv[0], 'type', tg_op, 'row', changed.*)
  from new_rows as changed;
  if tg_argv[2] is not null then
    foreach further_channel in array tg_argv[2:] loop
      insert into public.outbox (channel, name, data)
      select
        further_channel, 'New message from the Ably/ Postgres connector',
        pg_catalog.jsonb_build_object('table', tg_argv[0], 'type', tg_op, 'row', changed.*)
      from new_rows as changed;
    end loop;
  end if;
  return null;
end $$;

revoke execute on function public.outbox_capture_insert() from public;

create or replace function public.outbox_capture_update() returns trigger
language plpgsql security definer as $$
#variable_conflict use_variable
declare
  further_channel pg_catalog.text;
begin
  insert into public.outbox (channel, name, data)
  select
    tg_argv[1], 'New message from the Ably/ Postgres connector',
    pg_catalog.jsonb_build_object('table', tg_argv[0], 'type', tg_op, 'row', changed.*)
  from new_rows as changed;
  if tg_argv[2] is not null then
    foreach further_channel in array tg_argv[2:] loop
      insert into public.outbox (channel, name, data)
      select
        further_channel, 'New message from the Ably/ Postgres connector',
        pg_catalog.jsonb_build_object('table', tg_argv[0], 'type', tg_op, 'row', changed.*)
      from new_rows as changed;
    end loop;
  end if;
  return null;
end $$;

revoke execute on function public.outbox_capture_update() from public;

create or replace function public.outbox_capture_delete() returns trigger
language plpgsql security definer as $$
#variable_conflict use_variable
declare
  further_channel pg_catalog.text;
begin
  insert into public.outbox (channel, name, data)
  select
    tg_argv[1], 'New message from the Ably/ Postgres connector',
    pg_catalog.jsonb_build_object('table', tg_argv[0], 'type', tg_op, 'row', changed.*)
  from old_rows as changed;
  if tg_argv[2] is not null then
    foreach further_channel in array tg_argv[2:] loop
      insert into public.outbox (channel, name, data)
      select
        further_channel, 'New message from the Ably/ Postgres connector',
        pg_catalog.jsonb_build_object('table', tg_argv[0], 'type', tg_op, 'row', changed.*)
      from old_rows as changed;
    end loop;
  end if;
  return null;
end $$;

revoke execute on function public.outbox_capture_delete() from public;

-- TRUNCATE provides no transition table, and without row changes every reader would keep showing
-- the rows. So each row is published as deleted, before TRUNCATE removes it and with the table
-- locked; this takes as long as a DELETE. It reads the captured table itself, so the owner of this
-- function needs SELECT on it. Rare enough to afford a search_path of its own.
create or replace function public.outbox_capture_truncate() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  execute format(
    $insert$
      insert into public.outbox (channel, name, data)
      select
        target.channel, 'New message from the Ably/ Postgres connector',
        jsonb_build_object('table', $1, 'type', 'DELETE', 'row', removed.*)
      from %s as removed cross join unnest($2) as target (channel)
    $insert$,
    tg_relid::regclass
  ) using tg_argv[0], coalesce(nullif(tg_argv[1:], '{}'), '{null}');
  return null;
end $$;

revoke execute on function public.outbox_capture_truncate() from public;
