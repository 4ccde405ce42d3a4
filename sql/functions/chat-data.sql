-- Triggers of chat_data, which apply to the writes of every program.

-- A row without a time would have no position in the display order.
create or replace function public.chat_data_set_time() returns trigger
language plpgsql as $$
begin
  new.created_at_timestamp := (extract(epoch from clock_timestamp()) * 1000)::bigint;
  return new;
end $$;

revoke execute on function public.chat_data_set_time() from public;

create or replace trigger chat_data_set_time before insert on public.chat_data
for each row when (new.created_at_timestamp is null)
execute function public.chat_data_set_time();

-- Readers keep the row with the greater revision, so every update must raise it, regardless of the
-- revision that the statement sets.
create or replace function public.chat_data_raise_revision() returns trigger
language plpgsql as $$
begin
  new.revision := old.revision + 1;
  new.created_at_timestamp := coalesce(new.created_at_timestamp, old.created_at_timestamp);
  return new;
end $$;

revoke execute on function public.chat_data_raise_revision() from public;

create or replace trigger chat_data_raise_revision before update on public.chat_data
for each row execute function public.chat_data_raise_revision();

-- Records every deletion, also a moderator's DELETE in psql. Security definer: a program that may
-- delete messages needs no right on chat_private.
create or replace function chat_private.remember_deleted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into chat_private.deleted_messages (msg_id)
  select msg_id from old_rows
  on conflict (msg_id) do nothing;
  -- Not a join: the planner assumes a thousand rows in a transition table, and would read all of
  -- newest_edits to delete one.
  delete from chat_private.newest_edits where msg_id = any (array(select msg_id from old_rows));
  return null;
end $$;

revoke execute on function chat_private.remember_deleted() from public;

create or replace trigger chat_data_remember_deleted after delete on public.chat_data
referencing old table as old_rows
for each statement execute function chat_private.remember_deleted();
