-- Capture in fewer steps: the same triggers, arguments, rows and order as since 0006, for less of the writers' time. Where the time of a
-- captured insert went, and what each of these saves, is told in docs/performance.md.

-- The outbox numbers its mutations itself. With a volatile function in its SELECT, the planner puts a node of its own between that and the
-- INSERT; a default is evaluated where the sequence's number is.
--
-- A UUID of version 7, which begins with the time (ms): from it the connector tells how old a waiting row is. PostgreSQL 18 has it built in.
do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    alter table public.outbox alter column mutation_id set default uuidv7()::text;
  else
    alter table public.outbox alter column mutation_id set default overlay(
      gen_random_uuid()::text placing overlay(
        lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') placing '-' from 9 for 0
      ) || '-7' from 1 for 15
    );
  end if;
end $$;

-- These run with their owner's rights and under whatever search_path the writer has: to set one of their own would cost every statement.
-- So every function, type and table here needs its schema, and operators are not used at all. new_rows and old_rows are safe: a
-- transition table comes before any table that a search_path leads to. The same holds for outbox_notify, which they call.
do $generate$
declare
  capture record;
  insert_into_outbox text := $insert$
    insert into public.outbox (channel, name, data)
    select
      %s, 'New message from the Ably/ Postgres connector',
      pg_catalog.jsonb_build_object('table', tg_argv[0], 'type', tg_op, 'row', changed.*)
    from %I as changed;
  $insert$;
begin
  for capture in
    values ('insert', 'new_rows'), ('update', 'new_rows'), ('delete', 'old_rows')
  loop
    execute format(
      $function$
        create or replace function public.%I() returns trigger
        language plpgsql security definer as $body$
        #variable_conflict use_variable
        declare
          further pg_catalog.text;
        begin
          -- Also for a trigger without a channel: it fails (null), where it would else lose every change in silence.
          %s
          if tg_argv[2] is not null then
            foreach further in array tg_argv[2:] loop
              %s
            end loop;
          end if;
          return null;
        end $body$
      $function$,
      'outbox_capture_' || capture.column1,
      format(insert_into_outbox, 'tg_argv[1]', capture.column2),
      format(insert_into_outbox, 'further', capture.column2)
    );
  end loop;
end $generate$;

-- Not a matter of microseconds, so this one keeps a search_path.
create or replace function public.outbox_capture_truncate() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  execute format(
    $insert$
      insert into public.outbox (channel, name, data)
      select
        target.channel, 'New message from the Ably/ Postgres connector',
        jsonb_build_object('table', $1, 'type', 'DELETE', 'row', gone.*)
      from %s as gone cross join unnest($2) as target (channel)
    $insert$,
    tg_relid::regclass
  ) using tg_argv[0], coalesce(nullif(tg_argv[1:], '{}'), '{null}');
  return null;
end $$;

-- As in 0002, where the why is told.
create or replace function public.outbox_notify() returns trigger
language plpgsql as $$
begin
  if pg_catalog.pg_try_advisory_lock_shared(2022, 0) then
    perform pg_catalog.pg_advisory_unlock_shared(2022, 0);
    begin
      perform pg_catalog.pg_notify('ably_adbc', '');
    exception when others then
      raise warning 'outbox_notify could not send its nudge: % (%)', sqlerrm, sqlstate;
    end;
  end if;
  return null;
end $$;
