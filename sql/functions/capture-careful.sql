-- Capture of tables that are not plain (see capture.sql): those with values that depend on settings
-- of the session, with virtual columns, which a transition table does not contain, and with
-- partitions or inheriting tables. Also of TRUNCATE, for every table.
--
-- The trigger's arguments: the name in the published messages, the configured table as SQL spells
-- it, and the channels. The connector creates the triggers also on each partition and inheriting
-- table, whose own statements fire none of the parent's.

create or replace function public.outbox_capture_careful() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- The values of PostgreSQL's own defaults, and its exact digits.
set extra_float_digits = 1 set bytea_output = hex set intervalstyle = postgres
set datestyle = 'ISO, MDY' set timezone = 'UTC' set lc_monetary = 'C'
as $$
#variable_conflict use_variable
declare
  channels text[] := coalesce(nullif(tg_argv[2:], '{}'), '{null}');
  configured regclass := to_regclass(tg_argv[1]);
  computed text := (
    select string_agg(format('(%s) as %I', pg_get_expr(d.adbin, d.adrelid), a.attname), ', ')
    from pg_attribute as a join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = tg_relid and a.attgenerated = 'v'
  );
  visible text[];
begin
  -- An inheriting table may have further columns, which the configured one does not show.
  if configured <> tg_relid then
    visible := array(
      select attname::text from pg_attribute
      where attrelid = configured and attnum > 0 and not attisdropped
    );
  end if;
  if tg_op = 'INSERT' then
    insert into public.outbox (channel, name, data)
    select target.channel, 'New message from the Ably/ Postgres connector',
      public.outbox_message(tg_relid, tg_argv[0], tg_op, changed.*, computed, visible)
    from new_rows as changed cross join unnest(channels) as target (channel);
  elsif tg_op = 'DELETE' then
    insert into public.outbox (channel, name, data)
    select target.channel, 'New message from the Ably/ Postgres connector',
      public.outbox_message(tg_relid, tg_argv[0], tg_op, changed.*, computed, visible)
    from old_rows as changed cross join unnest(channels) as target (channel);
  else
    insert into public.outbox (channel, name, data)
    select target.channel, 'New message from the Ably/ Postgres connector', change.message
    from public.outbox_key_changes(
      public.outbox_key_columns(coalesce(configured, tg_relid)),
      array(
        select public.outbox_message(tg_relid, tg_argv[0], 'DELETE', changed.*, computed, visible)
        from old_rows as changed
      ),
      array(
        select public.outbox_message(tg_relid, tg_argv[0], 'UPDATE', changed.*, computed, visible)
        from new_rows as changed
      )
    ) with ordinality as change (message, place)
    cross join unnest(channels) as target (channel)
    order by change.place;
  end if;
  return null;
end $$;

revoke execute on function public.outbox_capture_careful() from public;

-- TRUNCATE provides no transition table, and without row changes every reader would keep showing
-- the rows. So each row is published as deleted, before TRUNCATE removes it and with the table
-- locked; this takes as long as a DELETE. It reads the captured table itself, so the owner of this
-- function needs SELECT on it. `only`: partitions and inheriting tables fire their own trigger.
create or replace function public.outbox_capture_truncate() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1 set bytea_output = hex set intervalstyle = postgres
set datestyle = 'ISO, MDY' set timezone = 'UTC' set lc_monetary = 'C'
as $$
begin
  execute format(
    $insert$
      insert into public.outbox (channel, name, data)
      select target.channel, 'New message from the Ably/ Postgres connector',
        public.outbox_message($1, $2, 'DELETE', removed.*)
      from only %s as removed cross join unnest($3) as target (channel)
    $insert$,
    tg_relid::regclass
  ) using tg_relid, tg_argv[0], coalesce(nullif(tg_argv[1:], '{}'), '{null}');
  return null;
end $$;

revoke execute on function public.outbox_capture_truncate() from public;
