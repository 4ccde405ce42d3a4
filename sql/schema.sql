-- The schema that migrations/ and functions/ create together, as PostgreSQL 18 reports it. Function
-- bodies are in the files named. Below PostgreSQL 18 the default of outbox.mutation_id differs
-- (migrations/0002-outbox.sql).
-- Generated: after a change run `npm test -- sql/test/schema.test.ts -u`.

create schema chat_private;

create sequence public.chat_data_incremental_record_id_seq as bigint;
create sequence public.outbox_batches_batch_id_seq as bigint;
create sequence public.outbox_sequence_id_seq as bigint;

create table public.ablycontroltable (
  tablename text not null,
  ablychannelname text not null,
  operation text not null,
  constraint ablycontroltable_pkey primary key (tablename, ablychannelname, operation)
);

create table public.chat_data (
  username text,
  msg_id text not null,
  msg_data text,
  client_id text,
  incremental_record_id bigint not null default nextval('public.chat_data_incremental_record_id_seq'),
  created_at_timestamp bigint,
  is_edited boolean,
  revision integer not null default 1,
  edited_at_timestamp bigint,
  changed_in xid8 default pg_current_xact_id(),
  source text default 'database'::text,
  changed_at_timestamp bigint,
  constraint chat_data_pkey primary key (msg_id)
);
create index chat_data_changed_in on public.chat_data
  (changed_in);
create index chat_data_newest_first on public.chat_data
  (created_at_timestamp desc, incremental_record_id desc);
create index chat_data_words on public.chat_data using gin (to_tsvector('simple'::regconfig, "left"(msg_data, 10000))) with (gin_pending_list_limit='512');
create trigger chat_data_keep_version after update on public.chat_data
  for each row when (((old.msg_id = new.msg_id) and (current_setting('chat.versions'::text, true) is distinct from 'off'::text)))
  execute function chat_private.keep_version();
create trigger chat_data_raise_revision before update on public.chat_data
  for each row
  execute function public.chat_data_raise_revision();
create trigger chat_data_remember_deleted after delete on public.chat_data
  referencing old table as old_rows
  for each statement
  execute function chat_private.remember_deleted();
create trigger chat_data_remember_renamed after update on public.chat_data
  for each row when ((old.msg_id <> new.msg_id))
  execute function chat_private.remember_renamed();
create trigger chat_data_remember_truncate after truncate on public.chat_data
  for each statement
  execute function chat_private.remember_truncate();
create trigger chat_data_set_defaults before insert on public.chat_data
  for each row when (((new.created_at_timestamp is null) or (new.changed_in is distinct from pg_current_xact_id())))
  execute function public.chat_data_set_defaults();

create table public.nodes (
  id text not null,
  expiry timestamp without time zone not null,
  constraint nodes_pkey primary key (id)
);

create table public.outbox (
  sequence_id bigint not null default nextval('public.outbox_sequence_id_seq'),
  mutation_id text not null default (uuidv7())::text,
  channel text not null,
  name text not null,
  rejected boolean not null default false,
  data jsonb,
  headers jsonb,
  locked_by text,
  lock_expiry timestamp without time zone,
  processed boolean not null default false,
  constraint outbox_pkey primary key (sequence_id)
);
create index outbox_by_channel on public.outbox
  (channel, sequence_id);
create trigger public_outbox_trigger after insert on public.outbox
  for each statement
  execute function public.outbox_notify();

create table public.outbox_batches (
  batch_id bigint not null default nextval('public.outbox_batches_batch_id_seq'),
  base_id uuid not null default gen_random_uuid(),
  channel text not null,
  node text not null,
  sequence_ids bigint[] not null,
  constraint outbox_batches_pkey primary key (batch_id)
);
create index outbox_batches_by_channel on public.outbox_batches
  (channel, batch_id);

create table public.outbox_set_aside (
  sequence_id bigint not null,
  mutation_id text not null,
  channel text not null,
  name text not null,
  data jsonb,
  headers jsonb,
  status integer not null,
  code integer not null,
  reason text not null,
  set_aside_at timestamp with time zone not null default now(),
  constraint outbox_set_aside_pkey primary key (sequence_id)
);

create table chat_private.deleted_messages (
  msg_id text not null,
  deleted_at timestamp with time zone not null default now(),
  changed_in xid8 default pg_current_xact_id(),
  created_at_timestamp bigint,
  incremental_record_id bigint,
  constraint deleted_messages_pkey primary key (msg_id)
);
create index deleted_messages_changed_in on chat_private.deleted_messages
  (changed_in);
create index deleted_messages_newest_first on chat_private.deleted_messages
  (created_at_timestamp desc, incremental_record_id desc);

create table chat_private.function_files (
  name text not null,
  hash text not null,
  functions text[] not null,
  applied_at timestamp with time zone not null default now(),
  constraint function_files_pkey primary key (name)
);

create table chat_private.migration_files (
  name text not null,
  applied_at timestamp with time zone not null default now(),
  constraint migration_files_pkey primary key (name)
);

create table chat_private.newest_edits (
  msg_id text not null,
  edit_id text collate "C" not null,
  constraint newest_edits_pkey primary key (msg_id)
);

create table chat_private.outbox_floor (
  row_floor bigint not null default 0,
  batch_floor bigint not null default 0,
  row_mark bigint not null default 0,
  batch_mark bigint not null default 0,
  marked_in xid8 not null default pg_current_xact_id(),
  moved_at timestamp with time zone not null default '-infinity'::timestamp with time zone,
  looked_at timestamp with time zone not null default '-infinity'::timestamp with time zone
);

create table chat_private.recent_writes (
  client_id text not null,
  newest bigint not null,
  moments bigint[] not null default '{}'::bigint[],
  constraint recent_writes_pkey primary key (client_id)
);

create table chat_private.truncates (
  truncated_in xid8 not null,
  constraint truncates_pkey primary key (truncated_in)
);

create table chat_private.versions (
  msg_id text not null,
  revision integer not null,
  content text,
  source text,
  written_at bigint not null,
  replaced_at bigint not null,
  created_at_timestamp bigint not null,
  incremental_record_id bigint not null,
  constraint versions_pkey primary key (msg_id, revision)
);
create index versions_newest_first on chat_private.versions
  (created_at_timestamp desc, incremental_record_id desc, revision desc);
create index versions_replaced_at on chat_private.versions
  (replaced_at);
create index versions_words on chat_private.versions using gin (to_tsvector('simple'::regconfig, "left"(content, 10000))) with (gin_pending_list_limit='512');

-- functions/capture-careful.sql
create function public.outbox_capture_careful()
returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set extra_float_digits = 1 set bytea_output = hex set IntervalStyle = postgres set DateStyle = ISO, MDY set TimeZone = UTC set lc_monetary = C as …;
revoke execute on function public.outbox_capture_careful from public;
create function public.outbox_capture_truncate()
returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set extra_float_digits = 1 set bytea_output = hex set IntervalStyle = postgres set DateStyle = ISO, MDY set TimeZone = UTC set lc_monetary = C as …;
revoke execute on function public.outbox_capture_truncate from public;

-- functions/capture-message.sql
create function public.outbox_columns_of(of_table oid, row_text text, list text)
returns jsonb
language plpgsql stable as …;
revoke execute on function public.outbox_columns_of from public;
create function public.outbox_key_changes(key_columns text[], removed jsonb[], present jsonb[])
returns setof jsonb
language sql stable set search_path = pg_catalog, pg_temp as …;
revoke execute on function public.outbox_key_changes from public;
create function public.outbox_key_columns(of_table oid)
returns text[]
language sql stable set search_path = pg_catalog, pg_temp as …;
create function public.outbox_key_in(message jsonb, key_columns text[])
returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as …;
create function public.outbox_key_of(of_table oid, changed record)
returns jsonb
language plpgsql stable as …;
revoke execute on function public.outbox_key_of from public;
create function public.outbox_message(
  of_table oid,
  table_name text,
  operation text,
  changed record,
  computed text DEFAULT NULL::text,
  visible text[] DEFAULT NULL::text[]
)
returns jsonb
language plpgsql stable as …;
revoke execute on function public.outbox_message from public;

-- functions/capture.sql
create function public.outbox_capture_delete()
returns trigger
language plpgsql security definer as …;
revoke execute on function public.outbox_capture_delete from public;
create function public.outbox_capture_insert()
returns trigger
language plpgsql security definer as …;
revoke execute on function public.outbox_capture_insert from public;
create function public.outbox_capture_update()
returns trigger
language plpgsql security definer as …;
revoke execute on function public.outbox_capture_update from public;
create function public.outbox_note_key_change()
returns trigger
language plpgsql as …;
revoke execute on function public.outbox_note_key_change from public;

-- functions/changes.sql
create function public.chat_changes(since pg_snapshot, since_ms bigint, most integer)
returns table(complete boolean, msg_ids text[])
language sql stable security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as …;
revoke execute on function public.chat_changes from public;

-- functions/chat-data.sql
create function public.chat_data_raise_revision()
returns trigger
language plpgsql as …;
revoke execute on function public.chat_data_raise_revision from public;
create function public.chat_data_set_defaults()
returns trigger
language plpgsql as …;
revoke execute on function public.chat_data_set_defaults from public;
create function chat_private.remember_deleted()
returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as …;
revoke execute on function chat_private.remember_deleted from public;
create function chat_private.remember_renamed()
returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as …;
revoke execute on function chat_private.remember_renamed from public;
create function chat_private.remember_truncate()
returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as …;
revoke execute on function chat_private.remember_truncate from public;

-- functions/drain.sql
create function public.outbox_claim(
  node_id text,
  busy text[],
  claimed bigint[],
  start_after text,
  most_channels integer,
  most_batches integer,
  most_rows integer,
  fill_bytes bigint,
  most_bytes bigint
)
returns table(
  channel text,
  batch_id bigint,
  base_id uuid,
  composed_of integer,
  sequence_id bigint,
  mutation_id text,
  name text,
  data text,
  headers jsonb,
  bytes bigint
)
language plpgsql as …;
revoke execute on function public.outbox_claim from public;
create function public.outbox_claim_channel(
  node_id text,
  of_channel text,
  claimed bigint[],
  most_batches integer,
  most_rows integer,
  fill_bytes bigint,
  most_bytes bigint
)
returns table(
  channel text,
  batch_id bigint,
  base_id uuid,
  composed_of integer,
  sequence_id bigint,
  mutation_id text,
  name text,
  data text,
  headers jsonb,
  bytes bigint
)
language plpgsql set enable_sort = off set enable_incremental_sort = off set enable_seqscan = off as …;
revoke execute on function public.outbox_claim_channel from public;
create function public.outbox_cut_deletion(data jsonb)
returns jsonb
language sql stable as …;
create function public.outbox_message_bytes(name text, data text, headers jsonb)
returns bigint
language sql stable as …;
create function public.outbox_settle(
  node_id text,
  batch_ids bigint[],
  rejected bigint[],
  statuses integer[],
  codes integer[],
  reasons text[]
)
returns void
language plpgsql set enable_seqscan = off as …;
revoke execute on function public.outbox_settle from public;
create function public.outbox_uncaptured(data jsonb)
returns text
language sql immutable as …;

-- functions/nudge.sql
create function public.outbox_notify()
returns trigger
language plpgsql as …;
revoke execute on function public.outbox_notify from public;

-- functions/outbox-floor.sql
create function public.outbox_floor(OUT row_floor bigint, OUT batch_floor bigint)
returns record
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_sort = off as …;

-- functions/rate-limit.sql
create function public.chat_apply_limited(
  per_minute integer,
  kinds text[],
  msg_ids text[],
  client_ids text[],
  received bigint[],
  timestamps bigint[],
  usernames text[],
  contents text[],
  target_ids text[]
)
returns table(message integer, outcome text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as …;
revoke execute on function public.chat_apply_limited from public;

-- functions/search.sql
create function public.chat_search(
  words text,
  before_time bigint,
  before_record bigint,
  most integer
)
returns table(msg_id text, revision integer, content text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan set jit = off set max_parallel_workers_per_gather = 0 as …;
revoke execute on function public.chat_search from public;
create function chat_private.words_query(words text)
returns tsquery
language sql stable set search_path = pg_catalog, pg_temp as …;
revoke execute on function chat_private.words_query from public;

-- functions/versions.sql
create function public.chat_history_at(
  at bigint,
  before_time bigint,
  before_record bigint,
  most integer
)
returns table(
  username text,
  msg_id text,
  msg_data text,
  client_id text,
  incremental_record_id bigint,
  created_at_timestamp bigint,
  is_edited boolean,
  revision integer,
  edited_at_timestamp bigint,
  source text,
  changed_at_timestamp bigint,
  is_deleted boolean
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan set jit = off set max_parallel_workers_per_gather = 0 as …;
revoke execute on function public.chat_history_at from public;
create function public.chat_message_versions(id text, most integer)
returns table(revision integer, content text, at bigint, source text)
language sql stable security definer set search_path = pg_catalog, pg_temp as …;
revoke execute on function public.chat_message_versions from public;
create function public.chat_timeline(parts integer)
returns table(first_message bigint, now_ms bigint, changed_at bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as …;
revoke execute on function public.chat_timeline from public;
create function chat_private.keep_version()
returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as …;
revoke execute on function chat_private.keep_version from public;

-- functions/write-rules.sql
create function public.chat_apply(
  kinds text[],
  msg_ids text[],
  client_ids text[],
  timestamps bigint[],
  usernames text[],
  contents text[],
  target_ids text[]
)
returns table(message integer, outcome text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as …;
revoke execute on function public.chat_apply from public;
create function public.chat_insert(
  id text,
  author text,
  moment bigint,
  author_name text,
  content text
)
returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as …;
revoke execute on function public.chat_insert from public;
create function chat_private.apply_deletes(
  kinds text[],
  client_ids text[],
  target_ids text[],
  locked text[]
)
returns table(message integer, outcome text)
language plpgsql as …;
revoke execute on function chat_private.apply_deletes from public;
create function chat_private.apply_edits(
  kinds text[],
  msg_ids text[],
  client_ids text[],
  timestamps bigint[],
  contents text[],
  target_ids text[],
  locked text[]
)
returns table(message integer, outcome text)
language plpgsql as …;
revoke execute on function chat_private.apply_edits from public;
create function chat_private.apply_inserts(
  kinds text[],
  msg_ids text[],
  client_ids text[],
  timestamps bigint[],
  usernames text[],
  contents text[]
)
returns table(message integer, outcome text)
language plpgsql as …;
revoke execute on function chat_private.apply_inserts from public;
