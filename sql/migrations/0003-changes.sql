-- The feed of changes (functions/changes.sql): the transaction in which each message changed last,
-- and in which each deleted one was deleted. Null: before this migration, so before any cursor.

-- In two steps: a default in the first would rewrite the table.
alter table public.chat_data add column changed_in xid8;
alter table public.chat_data alter column changed_in set default pg_current_xact_id();
create index chat_data_changed_in on public.chat_data (changed_in);

alter table chat_private.deleted_messages add column changed_in xid8;
alter table chat_private.deleted_messages alter column changed_in set default pg_current_xact_id();
create index deleted_messages_changed_in on chat_private.deleted_messages (changed_in);

-- The transactions that truncated chat_data, which leaves no record of the single messages. Rows
-- older than 7 days may be deleted.
create table chat_private.truncates (truncated_in xid8 primary key);

-- functions/chat-data.sql replaces it.
drop function if exists public.chat_data_set_time() cascade;
