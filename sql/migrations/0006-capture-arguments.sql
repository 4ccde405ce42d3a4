-- Capture that costs the writers less: a trigger names the table and its channels itself, instead of looking them up in the control
-- table with every statement. The connector writes both, from one configuration, in one transaction.
--
--   create trigger … after insert on some_table referencing new table as new_rows
--   for each statement execute function public.outbox_capture_insert('some_table', 'some-channel', 'another-channel');
--
-- The first argument is what messages call the table. This replaces the functions of 0003; what is said there of order, plans and names
-- holds here too. One outbox insert per statement and channel.
--
-- docs/performance.md tells what each part of this costs a writer, and how that was measured.

do $generate$
declare
  capture record;
  -- A UUID of version 7, which begins with the time (ms). PostgreSQL 18 has it built in, and at less cost.
  mutation_id text := case
    when current_setting('server_version_num')::int >= 180000 then 'uuidv7()::text'
    else $expression$overlay(gen_random_uuid()::text placing overlay(
      lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') placing '-' from 9 for 0
    ) || '-7' from 1 for 15)$expression$
  end;
begin
  for capture in
    values ('insert', 'new_rows'), ('update', 'new_rows'), ('delete', 'old_rows')
  loop
    execute format(
      $function$
        create or replace function public.%I() returns trigger
        language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
        #variable_conflict use_variable
        declare
          place integer := 1;
        begin
          -- At least once: a trigger without a channel fails (null), where it would else lose every change in silence.
          loop
            insert into public.outbox (mutation_id, channel, name, data)
            select
              %s, tg_argv[place], 'New message from the Ably/ Postgres connector',
              jsonb_build_object('table', tg_argv[0], 'type', tg_op, 'row', changed.*)
            from %I as changed;
            place := place + 1;
            exit when place >= tg_nargs;
          end loop;
          return null;
        end $body$
      $function$,
      'outbox_capture_' || capture.column1, mutation_id, capture.column2
    );
  end loop;

  execute format(
    $function$
      create or replace function public.outbox_capture_truncate() returns trigger
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
      begin
        execute format(
          $insert$
            insert into public.outbox (mutation_id, channel, name, data)
            select
              %s, target.channel, 'New message from the Ably/ Postgres connector',
              jsonb_build_object('table', $1, 'type', 'DELETE', 'row', gone.*)
            from %%s as gone cross join unnest($2) as target (channel)
          $insert$,
          tg_relid::regclass
        ) using tg_argv[0], coalesce(nullif(tg_argv[1:], '{}'), '{null}');
        return null;
      end $body$
    $function$,
    mutation_id
  );
end $generate$;

-- The triggers that stand get the arguments that the control table has for them now. One that it has nothing for did nothing, and goes.
do $$
declare
  held record;
  channels text;
begin
  for held in
    select t.tgname as trigger_name, p.proname as function_name, t.tgrelid::regclass as of_table,
      case n.nspname when 'public' then c.relname::text else n.nspname || '.' || c.relname end as control_name,
      kind.event, kind.timing, kind.rows
    from pg_trigger as t
    join pg_proc as p on p.oid = t.tgfoid and p.pronamespace = 'public'::regnamespace
    join pg_class as c on c.oid = t.tgrelid
    join pg_namespace as n on n.oid = c.relnamespace
    join (
      values ('INSERT', 'after', 'referencing new table as new_rows'), ('UPDATE', 'after', 'referencing new table as new_rows'),
        ('DELETE', 'after', 'referencing old table as old_rows'), ('TRUNCATE', 'before', '')
    ) as kind (event, timing, rows) on p.proname = 'outbox_capture_' || lower(kind.event)
  loop
    execute format('drop trigger %I on %s', held.trigger_name, held.of_table);
    select string_agg(quote_literal(control.ablychannelname), ', ' order by control.ablychannelname) into channels
    from public.ablycontroltable as control
    where control.tablename = held.control_name
      and control.operation = case held.event when 'TRUNCATE' then 'DELETE' else held.event end;
    if channels is not null then
      execute format(
        'create trigger %I %s %s on %s %s for each statement execute function public.%I(%L, %s)',
        held.trigger_name, held.timing, held.event, held.of_table, held.rows,
        held.function_name, held.control_name, channels
      );
    end if;
  end loop;
end $$;
