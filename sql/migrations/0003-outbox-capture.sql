-- Capture: the trigger functions that copy row changes into the outbox. The connector decides which tables have them:
--
--   create trigger … after insert on some_table referencing new table as new_rows
--   for each statement execute function public.outbox_capture_insert();
--   create trigger … after update on some_table referencing new table as new_rows
--   for each statement execute function public.outbox_capture_update();
--   create trigger … after delete on some_table referencing old table as old_rows
--   for each statement execute function public.outbox_capture_delete();
--   create trigger … before truncate on some_table
--   for each statement execute function public.outbox_capture_truncate();
--
-- (Since 0006 a trigger hands over the names of its table and channels, and the control table is not read here any more.)
--
-- One outbox insert per statement, however many rows it changed. A cross join has only nested loops as a plan, so within a channel
-- the outbox numbers follow the order in which the statement changed the rows. Every name is qualified, or a variable by
-- decree: the table's columns may be called anything.
--
-- mutation_id is a UUID of version 7, which begins with the time (ms): from it the connector tells how old a waiting row is.
--
-- Security definer: a program that may write to a table need not be allowed to touch the outbox.

do $generate$
declare
  capture record;
begin
  for capture in
    values ('insert', 'new_rows'), ('update', 'new_rows'), ('delete', 'old_rows')
  loop
    execute format(
      $function$
        create function public.%I() returns trigger
        language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
        #variable_conflict use_variable
        declare
          table_name text := case tg_table_schema
            when 'public' then tg_table_name else tg_table_schema || '.' || tg_table_name end;
          now_hex text := lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0');
          id_start text := left(now_hex, 8) || '-' || right(now_hex, 4) || '-7';
        begin
          insert into public.outbox (mutation_id, channel, name, data)
          select
            overlay(gen_random_uuid()::text placing id_start from 1 for 15),
            control.ablychannelname, 'New message from the Ably/ Postgres connector',
            jsonb_build_object('table', table_name, 'type', tg_op, 'row', to_jsonb(changed.*))
          from %I as changed cross join public.ablycontroltable as control
          where control.tablename = table_name and control.operation = tg_op;
          return null;
        end $body$
      $function$,
      'outbox_capture_' || capture.column1, capture.column2
    );
  end loop;
end $generate$;

-- TRUNCATE gives no transition table, and a reader that is told nothing would show the rows for ever. So each row is told as
-- deleted, where deletes are told, and TRUNCATE takes as long as that DELETE. It comes before the rows are gone, with the table
-- locked. Unlike the three above it reads the table itself, so the owner of this function needs SELECT on it.
create function public.outbox_capture_truncate() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  table_name text := case tg_table_schema
    when 'public' then tg_table_name else tg_table_schema || '.' || tg_table_name end;
begin
  execute format(
    $insert$
      insert into public.outbox (mutation_id, channel, name, data)
      select
        gen_random_uuid()::text, control.ablychannelname, 'New message from the Ably/ Postgres connector',
        jsonb_build_object('table', $1, 'type', 'DELETE', 'row', to_jsonb(gone.*))
      from %s as gone cross join public.ablycontroltable as control
      where control.tablename = $1 and control.operation = 'DELETE'
    $insert$,
    tg_relid::regclass
  ) using table_name;
  return null;
end $$;
