-- The versions of each message (functions/versions.sql), and what a reader finds them by.

-- Who wrote the current revision: `chat` by the write rules, `database` by any other SQL. Null: before
-- this migration. In two steps: a default in the first would be that of the rows before it.
alter table public.chat_data add column source text;
alter table public.chat_data alter column source set default 'database';

-- When the current revision was written, ms; null for the first.
alter table public.chat_data add column changed_at_timestamp bigint;

create table chat_private.versions (
  msg_id text not null,
  revision integer not null,
  content text,
  source text,
  -- Times in ms. Of one message, a version ends when the next one begins.
  written_at bigint not null,
  replaced_at bigint not null,
  -- The message's place in the display order, so that a search need not read the message.
  created_at_timestamp bigint not null,
  incremental_record_id bigint not null,
  primary key (msg_id, revision)
);
create index versions_newest_first on chat_private.versions (
  created_at_timestamp desc, incremental_record_id desc, revision desc
);

-- For the timeline, and to purge old versions.
create index versions_replaced_at on chat_private.versions (replaced_at);

-- The place of a deleted message in the display order, so that a reader of the past sees that there
-- was one. Null: deleted before this migration.
alter table chat_private.deleted_messages
  add column created_at_timestamp bigint,
  add column incremental_record_id bigint;
create index deleted_messages_newest_first
  on chat_private.deleted_messages (created_at_timestamp desc, incremental_record_id desc);

-- Search (functions/search.sql). `simple` fits every language: no word is left out or cut. Only the
-- first 10,000 characters, because a tsvector above 1 MB is an error, which would fail the write.
-- GIN first collects new words in a list, and each search reads all of it: 512 kB take some 2 ms.
create index chat_data_words on public.chat_data
  using gin (to_tsvector('simple', left(msg_data, 10000))) with (gin_pending_list_limit = 512);
create index versions_words on chat_private.versions
  using gin (to_tsvector('simple', left(content, 10000))) with (gin_pending_list_limit = 512);
