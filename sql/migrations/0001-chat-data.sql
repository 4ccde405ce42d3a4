-- The messages. The one table that others read, and may write.
--
-- It has the name, columns, types and primary key of the 2021 demo, whose published DDL failed on an empty database because
-- nothing made its sequence. So the sequence comes first, and every step also accepts a database where its part is there
-- already, filled with rows.

create sequence if not exists public.chat_data_incremental_record_id_seq;

create table if not exists public.chat_data (
  username text,
  msg_id text not null,
  msg_data text,
  client_id text,
  incremental_record_id bigint not null default nextval('public.chat_data_incremental_record_id_seq'),
  created_at_timestamp bigint,
  is_edited boolean,
  constraint chat_data_pkey primary key (msg_id)
);

-- A table that only shares the name would fail later and stranger: stop here and say which column differs.
do $$
declare
  differences text;
begin
  select string_agg(format('%s should be %s, is %s', expected.name, expected.type, coalesce(actual.data_type, 'missing')), '; ')
  into differences
  from (
    values ('username', 'text'), ('msg_id', 'text'), ('msg_data', 'text'), ('client_id', 'text'),
      ('incremental_record_id', 'bigint'), ('created_at_timestamp', 'bigint'), ('is_edited', 'boolean')
  ) as expected (name, type)
  left join information_schema.columns as actual
    on actual.table_schema = 'public' and actual.table_name = 'chat_data' and actual.column_name = expected.name
  where actual.data_type is distinct from expected.type;
  if differences is not null then
    raise exception 'public.chat_data is there already, but not as the chat knows it: %', differences
      using hint = 'Rename that table, or bring its columns to these types, then migrate again.';
  end if;
  if not exists (
    select from pg_index as i
    join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = 'public.chat_data'::regclass and i.indisprimary and i.indnkeyatts = 1 and a.attname = 'msg_id'
  ) then
    raise exception 'public.chat_data is there already, but msg_id is not its primary key'
      using hint = 'Remove duplicates, run ALTER TABLE public.chat_data ADD PRIMARY KEY (msg_id), then migrate again.';
  end if;
end $$;

-- A constant default is kept in the catalogue (PostgreSQL 11 and later): no rewrite, whatever the size of the table. The lock that
-- ALTER TABLE takes also keeps writers out until the triggers below stand.
alter table public.chat_data
  alter column incremental_record_id set default nextval('public.chat_data_incremental_record_id_seq'),
  add column if not exists revision integer not null default 1,
  add column if not exists edited_at_timestamp bigint;

-- A sequence made just now knows nothing of the rows that are there.
select setval(
  'public.chat_data_incremental_record_id_seq',
  greatest((select max(incremental_record_id) from public.chat_data), last_value)
)
from public.chat_data_incremental_record_id_seq
where exists (select from public.chat_data);

-- The 2021 handler wrote rows without a time. Such a row gets the time of its neighbour in order of insertion, so that it stays
-- where it was read. The old connector's trigger would turn this into a flood, and fail on rows that NOTIFY cannot carry (over
-- 7,782 characters), so the triggers that are on now stay out of it.
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

-- The order of display, backwards: a page of history is one short range of this index, at any size of the table.
create index if not exists chat_data_newest_first
  on public.chat_data (created_at_timestamp desc, incremental_record_id desc);

-- A row from any program reaches every tab, so it needs a place in the order. Cheap: called only for rows without a time.
create function public.chat_data_set_time() returns trigger
language plpgsql as $$
begin
  new.created_at_timestamp := (extract(epoch from clock_timestamp()) * 1000)::bigint;
  return new;
end $$;

create trigger chat_data_set_time before insert on public.chat_data
for each row when (new.created_at_timestamp is null)
execute function public.chat_data_set_time();

-- Readers keep whichever row has the greater revision, so every update must raise it, whatever the statement says.
create function public.chat_data_raise_revision() returns trigger
language plpgsql as $$
begin
  new.revision := old.revision + 1;
  new.created_at_timestamp := coalesce(new.created_at_timestamp, old.created_at_timestamp);
  return new;
end $$;

create trigger chat_data_raise_revision before update on public.chat_data
for each row execute function public.chat_data_raise_revision();
