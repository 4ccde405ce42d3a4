-- The messages of captured rows (see capture.sql).

-- What becomes of a row, as the outbox contains it: {"table", "type", "row"}. A row that has no jsonb
-- form, like json with \u0000, or whose virtual column cannot be computed must not fail the
-- application's statement. It becomes {"table", "type", "key", "uncaptured": the reason}, which the
-- connector sets aside. Also a table that gets such a column later is never harmed. The block writes
-- nothing, so it takes no transaction id; it costs 3 µs per row (docs/performance.md).
--   computed   the expressions of virtual columns, as a select list; or null
--   visible    the columns to publish; null for all
create or replace function public.outbox_message(
  of_table oid, table_name text, operation text, changed record,
  computed text default null, visible text[] default null
) returns jsonb
language plpgsql stable as $$
declare
  content jsonb;
begin
  if computed is null and visible is null then
    return pg_catalog.jsonb_build_object('table', table_name, 'type', operation, 'row', changed);
  end if;
  content := pg_catalog.to_jsonb(changed);
  if computed is not null then
    content := content operator(pg_catalog.||)
      public.outbox_columns_of(of_table, pg_catalog.format('%s', changed), computed);
  end if;
  if visible is not null then
    content := (
      select pg_catalog.jsonb_object_agg(key, value) from pg_catalog.jsonb_each(content)
      where key operator(pg_catalog.=) any (visible)
    );
  end if;
  return pg_catalog.jsonb_build_object('table', table_name, 'type', operation, 'row', content);
exception when others then
  return pg_catalog.jsonb_build_object(
    'table', table_name, 'type', operation, 'uncaptured', sqlerrm,
    'key', public.outbox_key_of(of_table, changed)
  );
end $$;

revoke execute on function public.outbox_message(oid, text, text, record, text, text[]) from public;

-- Columns or expressions of a row that is given as text. A row of a transition table is of no named
-- type, so SQL cannot take a column of it by name.
create or replace function public.outbox_columns_of(of_table oid, row_text text, list text)
returns jsonb
language plpgsql stable as $$
declare
  content jsonb;
begin
  execute pg_catalog.format(
    'select pg_catalog.to_jsonb(listed) from (select %s from (select ($1::%s).*) as of_row) as listed',
    list, of_table::pg_catalog.regclass
  ) into content using row_text;
  return content;
end $$;

revoke execute on function public.outbox_columns_of(oid, text, text) from public;

-- The primary key of a row that cannot be captured; null without one.
create or replace function public.outbox_key_of(of_table oid, changed record) returns jsonb
language plpgsql stable as $$
begin
  return public.outbox_columns_of(of_table, pg_catalog.format('%s', changed), (
    select pg_catalog.string_agg(pg_catalog.quote_ident(name), ', ')
    from pg_catalog.unnest(public.outbox_key_columns(of_table)) as name
  ));
exception when others then
  return null; -- a text of 1 GB and more; the reason in the message remains
end $$;

revoke execute on function public.outbox_key_of(oid, record) from public;

create or replace function public.outbox_key_columns(of_table oid) returns text[]
language sql stable set search_path = pg_catalog, pg_temp as $$
  select array(
    select a.attname::text
    from pg_index as i join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = of_table and i.indisprimary
    order by a.attnum
  )
$$;

create or replace function public.outbox_key_in(message jsonb, key_columns text[]) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(message -> 'key', (
    select jsonb_object_agg(name, message -> 'row' -> name) from unnest(key_columns) as name
  ))
$$;

-- The messages of an UPDATE, in order, so that a reader who holds rows by their primary key ends with
-- those of the table: first the deletion of each key that no row has any more, then the new rows, as
-- inserted where the key is new. Comparing sets of keys is also right when rows exchange their keys.
create or replace function public.outbox_key_changes(
  key_columns text[], removed jsonb[], present jsonb[]
) returns setof jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
  with old_row as (
    select message, place, public.outbox_key_in(message, key_columns) as key
    from unnest(removed) with ordinality as each (message, place)
  ),
  new_row as (
    select message, place, public.outbox_key_in(message, key_columns) as key
    from unnest(present) with ordinality as each (message, place)
  ),
  change (phase, place, message) as (
    select 1, place, message from old_row
    where key_columns <> '{}' and key not in (select key from new_row where key is not null)
    union all
    select 2, place, case
      when key_columns = '{}' or key in (select key from old_row) then message
      else message || '{"type": "INSERT"}'
    end
    from new_row
  )
  select message from change order by phase, place
$$;

revoke execute on function public.outbox_key_changes(text[], jsonb[], jsonb[]) from public;
