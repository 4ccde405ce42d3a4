-- The chat's messages, and what the write rules remember about them.
--
-- chat_data has the name, columns, types and primary key of the 2021 demo. The DDL published then
-- fails on an empty database because it creates no sequence, so the sequence comes first here.
-- Every step also accepts a database in which its object exists already and is filled with rows.

create sequence if not exists public.chat_data_incremental_record_id_seq;

create table if not exists public.chat_data (
  username text,
  msg_id text not null,
  msg_data text,
  client_id text,
  incremental_record_id bigint not null
    default nextval('public.chat_data_incremental_record_id_seq'),
  created_at_timestamp bigint,
  is_edited boolean,
  constraint chat_data_pkey primary key (msg_id)
);

-- A table that only shares the name would fail later, with a less helpful error.
do $$
declare
  differences text;
begin
  select string_agg(
    format(
      '%s should be %s, is %s', expected.name, expected.type, coalesce(actual.data_type, 'missing')
    ),
    '; '
  )
  into differences
  from (
    values ('username', 'text'), ('msg_id', 'text'), ('msg_data', 'text'), ('client_id', 'text'),
      ('incremental_record_id', 'bigint'), ('created_at_timestamp', 'bigint'),
      ('is_edited', 'boolean')
  ) as expected (name, type)
  left join information_schema.columns as actual
    on actual.table_schema = 'public' and actual.table_name = 'chat_data'
      and actual.column_name = expected.name
  where actual.data_type is distinct from expected.type;
  if differences is not null then
    raise exception 'public.chat_data exists, but with other columns than the chat needs: %',
      differences
      using hint = 'Rename that table, or change its columns to these types, then migrate again.';
  end if;
  if not exists (
    select from pg_index as i
    join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = 'public.chat_data'::regclass and i.indisprimary and i.indnkeyatts = 1
      and a.attname = 'msg_id'
  ) then
    raise exception 'public.chat_data exists, but its primary key is not msg_id'
      using hint = 'Remove duplicates, run alter table public.chat_data add primary key (msg_id), '
        'then migrate again.';
  end if;
end $$;

-- PostgreSQL 11 and later keep a constant default in the catalogue, so this rewrites no rows. Its
-- lock keeps writers out until the transaction commits, triggers included.
alter table public.chat_data
  alter column incremental_record_id
    set default nextval('public.chat_data_incremental_record_id_seq'),
  add column if not exists revision integer not null default 1,
  add column if not exists edited_at_timestamp bigint;

-- A sequence created above starts at 1, but existing rows may have greater ids.
select setval(
  'public.chat_data_incremental_record_id_seq',
  greatest((select max(incremental_record_id) from public.chat_data), last_value)
)
from public.chat_data_incremental_record_id_seq
where exists (select from public.chat_data);

-- The 2021 handler wrote rows without a time. Such a row gets the time of its neighbour in order of
-- insertion, so that it keeps its position. The 2021 connector's trigger would publish every one of
-- these updates, and fail on a row too long for NOTIFY (over 7,782 characters), so the enabled
-- triggers are disabled meanwhile.
do $$
declare
  active_triggers name[] := array(
    select tgname from pg_trigger
    where tgrelid = 'public.chat_data'::regclass and not tgisinternal and tgenabled = 'O'
  );
  trigger_name name;
begin
  if not exists (select from public.chat_data where created_at_timestamp is null) then
    return;
  end if;
  foreach trigger_name in array active_triggers loop
    execute format('alter table public.chat_data disable trigger %I', trigger_name);
  end loop;
  update public.chat_data as target
  set created_at_timestamp = neighbour.time
  from (
    select msg_id, coalesce(
      max(created_at_timestamp) over (order by incremental_record_id, msg_id),
      min(created_at_timestamp) over (),
      (extract(epoch from now()) * 1000)::bigint
    ) as time
    from public.chat_data
  ) as neighbour
  where target.created_at_timestamp is null and target.msg_id = neighbour.msg_id;
  foreach trigger_name in array active_triggers loop
    execute format('alter table public.chat_data enable trigger %I', trigger_name);
  end loop;
end $$;

-- Display order, backwards: a page of history is one short range of this index, at any table size.
create index if not exists chat_data_newest_first
  on public.chat_data (created_at_timestamp desc, incremental_record_id desc);

-- Ids of deleted messages, so that a late repeat of the insert cannot bring one back. Entries older
-- than any possible repeat may be removed at any time: a repeat can come for as long as your dead
-- letters are kept, on AWS 14 days at most.
create table chat_private.deleted_messages (
  msg_id text primary key,
  deleted_at timestamptz not null default now()
);

-- The id of the newest edit applied to each message: of two edits in the same millisecond the
-- greater id wins, and chat_data has no column for it.
create table chat_private.newest_edits (
  msg_id text primary key,
  edit_id text not null collate "C"
);
