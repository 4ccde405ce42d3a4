-- Capture: the trigger functions that copy row changes into the outbox. The connector decides which tables have them:
--
--   create trigger … after insert on some_table referencing new table as new_rows
--   for each statement execute function public.outbox_capture_insert();
--   create trigger … after update on some_table referencing new table as new_rows
--   for each statement execute function public.outbox_capture_update();
--   create trigger … after delete on some_table referencing old table as old_rows
--   for each statement execute function public.outbox_capture_delete();
--
-- One outbox insert per statement, however many rows it changed: measured on single-row inserts, a trigger like this keeps about
-- three quarters of the rate without any. `new_rows cross join unnest(channels)` has only nested loops as a plan, so within a
-- channel the outbox numbers follow the order in which the statement changed the rows.
--
-- Security definer: a program that may write to a table need not be allowed to touch the outbox. TRUNCATE is not captured:
-- it has no rows to tell about.

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
        declare
          table_name text := case tg_table_schema
            when 'public' then tg_table_name else tg_table_schema || '.' || tg_table_name end;
          channels text[] := array(
            select control.ablychannelname from public.ablycontroltable as control
            where control.tablename = table_name and control.operation = tg_op
          );
        begin
          if channels <> '{}' then
            insert into public.outbox (mutation_id, channel, name, data)
            select
              gen_random_uuid()::text, channel, 'New message from the Ably/ Postgres connector',
              jsonb_build_object('table', table_name, 'type', tg_op, 'row', to_jsonb(changed))
            from %I as changed cross join unnest(channels) as channel;
          end if;
          return null;
        end $body$
      $function$,
      'outbox_capture_' || capture.column1, capture.column2
    );
  end loop;
end $generate$;
