-- Capture: trigger functions that copy row changes into the outbox, in the transaction of the
-- change. The connector creates the triggers, from its configuration:
--
--   create trigger … after insert on some_table referencing new table as new_rows
--   for each statement
--   execute function public.outbox_capture_insert('some_table', 'a-channel', 'another-channel');
--
--   … after update on some_table referencing old table as old_rows new table as new_rows …
--   … after delete on some_table referencing old table as old_rows …
--
-- The first argument is the table's name in the published messages, the others are the channels.
-- Arguments cost the writers less than a look-up of the channels in ablycontroltable per statement
-- (docs/performance.md lists what each part of capture costs).
--
-- Three functions serve plain tables, whose values look the same in every session.
-- capture-careful.sql captures all others. outbox_message() converts each row of both; it
-- cannot fail, so neither can the application's statement.
--
-- Per statement and channel there is one insert into the outbox, however many rows changed. It
-- reads the transition table alone, so within a channel sequence_id follows the order in which the
-- statement changed the rows.
--
-- Security definer: a program that may write to a table needs no right on the outbox. The functions
-- set no search_path, which would cost every statement, and run under the writer's. Therefore every
-- function, type, table and operator has its schema here. new_rows and old_rows are safe: a
-- transition table takes precedence over tables found through a search_path.
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
    public.outbox_message(tg_relid, tg_argv[0], tg_op, changed.*)
  from new_rows as changed;
  if tg_argv[2] is not null then
    foreach further_channel in array tg_argv[2:] loop
      insert into public.outbox (channel, name, data)
      select
        further_channel, 'New message from the Ably/ Postgres connector',
        public.outbox_message(tg_relid, tg_argv[0], tg_op, changed.*)
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
  if pg_catalog.current_setting('outbox.key_changed', true) operator(pg_catalog.=) 'true' then
    insert into public.outbox (channel, name, data)
    select target.channel, 'New message from the Ably/ Postgres connector', change.message
    from public.outbox_key_changes(
      public.outbox_key_columns(tg_relid),
      array(
        select public.outbox_message(tg_relid, tg_argv[0], 'DELETE', changed.*) from old_rows as changed
      ),
      array(
        select public.outbox_message(tg_relid, tg_argv[0], 'UPDATE', changed.*) from new_rows as changed
      )
    ) with ordinality as change (message, place)
    cross join pg_catalog.unnest(tg_argv[1:]) as target (channel)
    order by change.place;
    return null;
  end if;
  insert into public.outbox (channel, name, data)
  select
    tg_argv[1], 'New message from the Ably/ Postgres connector',
    public.outbox_message(tg_relid, tg_argv[0], tg_op, changed.*)
  from new_rows as changed;
  if tg_argv[2] is not null then
    foreach further_channel in array tg_argv[2:] loop
      insert into public.outbox (channel, name, data)
      select
        further_channel, 'New message from the Ably/ Postgres connector',
        public.outbox_message(tg_relid, tg_argv[0], tg_op, changed.*)
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
    public.outbox_message(tg_relid, tg_argv[0], tg_op, changed.*)
  from old_rows as changed;
  if tg_argv[2] is not null then
    foreach further_channel in array tg_argv[2:] loop
      insert into public.outbox (channel, name, data)
      select
        further_channel, 'New message from the Ably/ Postgres connector',
        public.outbox_message(tg_relid, tg_argv[0], tg_op, changed.*)
      from old_rows as changed;
    end loop;
  end if;
  return null;
end $$;

revoke execute on function public.outbox_capture_delete() from public;

-- Notes, until the end of the transaction, that a statement changed a primary key. The connector
-- creates this trigger with the key in its condition, which costs an UPDATE less than a comparison
-- of all old and new rows:
--
--   create trigger … after update on some_table for each row when (old.id is distinct from new.id)
create or replace function public.outbox_note_key_change() returns trigger
language plpgsql as $$
begin
  perform pg_catalog.set_config('outbox.key_changed', 'true', true);
  return null;
end $$;

revoke execute on function public.outbox_note_key_change() from public;
