-- Triggers of chat_data, which apply to the writes of every program.

-- What a column's default cannot do, because the statement may give a value. A row without a time
-- would have no position in the display order. A program that copies or restores rows also copies
-- changed_in. One trigger for both: PostgreSQL prepares the condition of each for every INSERT.
create or replace function public.chat_data_set_defaults() returns trigger
language plpgsql as $$
begin
  new.changed_in := pg_current_xact_id();
  new.created_at_timestamp := coalesce(
    new.created_at_timestamp, (extract(epoch from clock_timestamp()) * 1000)::bigint
  );
  return new;
end $$;

revoke execute on function public.chat_data_set_defaults() from public;

create or replace trigger chat_data_set_defaults before insert on public.chat_data
for each row when (
  new.created_at_timestamp is null or new.changed_in is distinct from pg_current_xact_id()
)
execute function public.chat_data_set_defaults();

-- Readers keep the row with the greater revision, so every update must raise it, regardless of the
-- revision that the statement sets. The write rules mark their updates with the source `chat!`; any
-- other statement that sets the column has only copied it. Their time is the author's, that of other
-- programs the database's; of one message it never decreases.
create or replace function public.chat_data_raise_revision() returns trigger
language plpgsql as $$
begin
  new.revision := old.revision + 1;
  new.changed_in := pg_current_xact_id();
  new.source := case when new.source = 'chat!' then 'chat' else 'database' end;
  new.changed_at_timestamp := greatest(
    case when new.source = 'chat' then new.edited_at_timestamp
      else (extract(epoch from clock_timestamp()) * 1000)::bigint end,
    coalesce(old.changed_at_timestamp, old.edited_at_timestamp, old.created_at_timestamp)
  );
  new.created_at_timestamp := coalesce(new.created_at_timestamp, old.created_at_timestamp);
  return new;
end $$;

revoke execute on function public.chat_data_raise_revision() from public;

create or replace trigger chat_data_raise_revision before update on public.chat_data
for each row execute function public.chat_data_raise_revision();

-- Records every deletion, also a moderator's DELETE in psql. Security definer: a program that may
-- delete messages needs no right on chat_private. A message that SQL inserted again may be deleted
-- again: the record then belongs to the newer deletion.
create or replace function chat_private.remember_deleted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into chat_private.deleted_messages (
    msg_id, deleted_at, created_at_timestamp, incremental_record_id
  )
  select msg_id, clock_timestamp(), created_at_timestamp, incremental_record_id from old_rows
  on conflict (msg_id) do update
  set deleted_at = excluded.deleted_at, changed_in = excluded.changed_in,
    created_at_timestamp = excluded.created_at_timestamp,
    incremental_record_id = excluded.incremental_record_id;
  -- Not a join: the planner assumes a thousand rows in a transition table, and would read all of
  -- newest_edits to delete one.
  delete from chat_private.newest_edits where msg_id = any (array(select msg_id from old_rows));
  delete from chat_private.versions where msg_id = any (array(select msg_id from old_rows));
  return null;
end $$;

revoke execute on function chat_private.remember_deleted() from public;

create or replace trigger chat_data_remember_deleted after delete on public.chat_data
referencing old table as old_rows
for each statement execute function chat_private.remember_deleted();

-- An UPDATE of msg_id is, for every reader, a deletion of the old id.
create or replace function chat_private.remember_renamed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into chat_private.deleted_messages (msg_id) values (old.msg_id)
  on conflict (msg_id) do update
  set deleted_at = excluded.deleted_at, changed_in = excluded.changed_in;
  delete from chat_private.newest_edits where msg_id = old.msg_id;
  delete from chat_private.versions where msg_id = old.msg_id;
  return null;
end $$;

revoke execute on function chat_private.remember_renamed() from public;

create or replace trigger chat_data_remember_renamed after update on public.chat_data
for each row when (old.msg_id <> new.msg_id)
execute function chat_private.remember_renamed();

-- TRUNCATE names no rows: readers of the feed of changes have to start again.
create or replace function chat_private.remember_truncate() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into chat_private.truncates (truncated_in) values (pg_current_xact_id())
  on conflict do nothing;
  truncate chat_private.versions;
  return null;
end $$;

revoke execute on function chat_private.remember_truncate() from public;

create or replace trigger chat_data_remember_truncate after truncate on public.chat_data
for each statement execute function chat_private.remember_truncate();
