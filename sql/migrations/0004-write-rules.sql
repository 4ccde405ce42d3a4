-- The write rules: what a message that a client published does to chat_data.
--
-- Messages arrive repeated, reordered and split over events that run at the same time. The end state must be the one of publish
-- order nevertheless, that is of all messages applied once, ordered by (timestamp, id). Each rule below says what makes it so.

-- Not for readers, and not for programs that write to chat_data (they need no right here: see the trigger below).
create schema if not exists chat_private;

-- Ids whose message is gone, so that a late repeat of the insert cannot bring it back. An entry is needed only as long as a repeat
-- can come: older ones (than the retention of your dead letters, 14 days at most on AWS) may be deleted at any time.
create table chat_private.deleted_messages (
  msg_id text primary key,
  deleted_at timestamptz not null default now()
);

-- The id of the newest edit applied to each message: of two edits in the same millisecond the greater id wins, and
-- chat_data has no column for it.
create table chat_private.newest_edits (
  msg_id text primary key,
  edit_id text not null collate "C"
);

-- Every delete is remembered, a moderator's DELETE in psql as well.
create function chat_private.remember_deleted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into chat_private.deleted_messages (msg_id)
  select msg_id from old_rows
  on conflict (msg_id) do nothing;
  -- Not a join: the planner takes a transition table for a thousand rows, and would read all of newest_edits to delete one.
  delete from chat_private.newest_edits where msg_id = any (array(select msg_id from old_rows));
  return null;
end $$;

create trigger chat_data_remember_deleted after delete on public.chat_data
referencing old table as old_rows
for each statement execute function chat_private.remember_deleted();

-- Inserts. An id is written once and never again: a repeat meets the row itself, or the memory of its deletion.
--
-- One message alone, which is what almost every event is: the rule in its shortest form. Unpacking arrays for it would double the
-- cost of the plain INSERT (measured: 1.1 times that one so, 1.9 times by chat_apply). The check after the insert is explained in
-- apply_inserts below, the answers at chat_apply.
create function public.chat_insert(id text, author text, moment bigint, author_name text, content text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.chat_data (msg_id, client_id, created_at_timestamp, username, msg_data, is_edited)
  select id, author, moment, author_name, content, false
  where not exists (select from chat_private.deleted_messages as deleted where deleted.msg_id = chat_insert.id)
  on conflict (msg_id) do nothing;
  if not found then
    return case when exists (select from public.chat_data as chat where chat.msg_id = chat_insert.id) then 'duplicate' else 'gone' end;
  end if;
  if exists (select from chat_private.deleted_messages as deleted where deleted.msg_id = chat_insert.id) then
    raise exception 'the message was deleted at the same moment'
      using errcode = 'serialization_failure', hint = 'Nothing was changed. Call chat_insert again at once.';
  end if;
  return 'written';
end $$;

-- Many at once.
-- Rows go in by msg_id, so that two events with the same messages wait for one another instead of deadlocking; their record ids are
-- drawn in event order before, because record ids order messages of the same millisecond.
create function chat_private.apply_inserts(
  kinds text[], msg_ids text[], client_ids text[], timestamps bigint[], usernames text[], contents text[]
) returns table (message integer, outcome text)
language plpgsql as $$
declare
  written text[];
begin
  with first_of_id as (
    select distinct on (given.msg_id) given.*
    from unnest(kinds, msg_ids, client_ids, timestamps, usernames, contents)
      with ordinality as given (kind, msg_id, client_id, created_at, username, content, place)
    where given.kind = 'insert'
      and not exists (select from chat_private.deleted_messages as deleted where deleted.msg_id = given.msg_id)
    order by given.msg_id, given.place
  ),
  numbered as materialized (
    select in_order.*, nextval('public.chat_data_incremental_record_id_seq') as record_id
    from (select * from first_of_id order by place) as in_order
  ),
  inserted as (
    insert into public.chat_data
      (msg_id, client_id, created_at_timestamp, username, msg_data, incremental_record_id, is_edited)
    select msg_id, client_id, created_at, username, content, record_id, false
    from numbered order by msg_id
    on conflict (msg_id) do nothing
    returning msg_id
  )
  select array_agg(msg_id) into written from inserted;

  -- A delete may have committed while the insert above waited for it: too late for the look at deleted_messages, whose snapshot is
  -- older, but visible to this statement. Whoever deletes later than this must see our row first. Taking the row out again would
  -- show it to every tab for a moment, so the whole event is undone, and tried again by the caller.
  if exists (select from chat_private.deleted_messages as deleted where deleted.msg_id = any (written)) then
    raise exception 'a message of this event was deleted at the same moment'
      using errcode = 'serialization_failure', hint = 'Nothing was changed. Call chat_apply again at once.';
  end if;

  return query
  select given.place::integer, case
    when deleted.msg_id is not null and chat.msg_id is null then 'gone'
    when fresh.msg_id is not null
      and row_number() over (partition by given.msg_id order by given.place) = 1 then 'written'
    else 'duplicate'
  end
  from unnest(kinds, msg_ids) with ordinality as given (kind, msg_id, place)
  left join unnest(written) as fresh (msg_id) on fresh.msg_id = given.msg_id
  left join chat_private.deleted_messages as deleted on deleted.msg_id = given.msg_id
  left join public.chat_data as chat on chat.msg_id = given.msg_id
  where given.kind = 'insert';
end $$;

-- Edits. The author's newest edit by (timestamp, id) wins and all others change nothing, so the order of arrival does not matter.
-- An edit to the text that is there already counts like any other: if it did not advance edited_at_timestamp, an older edit arriving
-- later would win over it. Only the text changes: the name is what its author was called when it was written, and the
-- identity is client_id anyway.
create function chat_private.apply_edits(
  kinds text[], msg_ids text[], client_ids text[], timestamps bigint[], contents text[], target_ids text[], locked text[]
) returns table (message integer, outcome text)
language plpgsql as $$
begin
  return query
  with given as (
    select edit_id collate "C", client_id, edited_at, content, target_id, place::integer
    from unnest(kinds, msg_ids, client_ids, timestamps, contents, target_ids)
      with ordinality as edit (kind, edit_id, client_id, edited_at, content, target_id, place)
    where kind = 'edit'
  ),
  judged as (
    select given.*, chat.msg_id is not null as known, deleted.msg_id is not null as deleted,
      coalesce(chat.client_id = given.client_id, false) as own,
      -- A message never edited has no timestamp: the comparison is then unknown, and any edit is newer.
      (given.edited_at, given.edit_id) > (chat.edited_at_timestamp, coalesce(newest.edit_id, '')) is not false as newer,
      coalesce(given.edit_id = newest.edit_id, false) as repeated,
      row_number() over newest_first as rank, first_value(given.edit_id) over newest_first as best_id
    from given
    left join unnest(locked) as held (msg_id) on held.msg_id = given.target_id
    left join public.chat_data as chat on chat.msg_id = held.msg_id
    left join chat_private.newest_edits as newest on newest.msg_id = held.msg_id
    left join chat_private.deleted_messages as deleted on deleted.msg_id = given.target_id
    window newest_first as (
      partition by given.target_id, given.client_id order by given.edited_at desc, given.edit_id desc, given.place
    )
  ),
  winners as (select * from judged where own and newer and rank = 1),
  edited as (
    update public.chat_data as chat
    set msg_data = winners.content, is_edited = true, edited_at_timestamp = winners.edited_at
    from winners where chat.msg_id = winners.target_id
  ),
  remembered as (
    insert into chat_private.newest_edits (msg_id, edit_id)
    select target_id, edit_id from winners
    on conflict (msg_id) do update set edit_id = excluded.edit_id
  )
  select place, case
    when not known and deleted then 'gone'
    when not known then 'missing-target'
    when not own then 'foreign'
    when newer and rank = 1 then 'edited'
    when repeated or (newer and edit_id = best_id) then 'duplicate'
    else 'stale'
  end
  from judged;
end $$;

-- Deletes. Final: what is published afterwards finds the message gone, what was published before but arrives later finds the
-- same, so the end state is the same.
create function chat_private.apply_deletes(
  kinds text[], client_ids text[], target_ids text[], locked text[]
) returns table (message integer, outcome text)
language plpgsql as $$
begin
  return query
  with judged as (
    select given.place::integer, given.target_id, chat.msg_id is not null as known, deleted.msg_id is not null as deleted,
      coalesce(chat.client_id = given.client_id, false) as own,
      row_number() over (partition by given.target_id, given.client_id order by given.place) as rank
    from unnest(kinds, client_ids, target_ids) with ordinality as given (kind, client_id, target_id, place)
    left join unnest(locked) as held (msg_id) on held.msg_id = given.target_id
    left join public.chat_data as chat on chat.msg_id = held.msg_id
    left join chat_private.deleted_messages as deleted on deleted.msg_id = given.target_id
    where given.kind = 'delete'
  ),
  removed as (
    delete from public.chat_data as chat using judged
    where judged.own and chat.msg_id = judged.target_id
  )
  select place, case
    when not known and deleted then 'gone'
    when not known then 'missing-target'
    when not own then 'foreign'
    when rank = 1 then 'deleted'
    else 'gone'
  end
  from judged;
end $$;

-- Applies one event, message by message in parallel arrays: `kind` is insert, edit or delete; an edit or delete names its target.
-- Answers one row per message, `message` being its place from 1, with its outcome:
--
--   written, edited, deleted   applied now
--   duplicate                  the same message was applied before
--   stale                      a newer edit is there
--   foreign                    not the author's: refused
--   gone                       the message was deleted before
--   missing-target             nothing to edit or delete yet: try again when its insert has come
--
-- Within an event, inserts come first, then edits, then deletes: publish order cannot have them otherwise.
--
-- At READ COMMITTED each statement sees what committed before it. Locks are taken in one order everywhere, first the new ids,
-- sorted, then the existing rows, sorted, and what is judged is only what is locked, so concurrent events neither deadlock nor
-- overwrite one another. In the rare case of a repeated insert that meets the message's delete it changes nothing and raises 40001
-- (serialization_failure): call again. Security definer: this and chat_insert are the only rights that the writer needs.
create function public.chat_apply(
  kinds text[], msg_ids text[], client_ids text[], timestamps bigint[], usernames text[], contents text[], target_ids text[]
) returns table (message integer, outcome text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  locked text[];
begin
  if 'insert' = any (kinds) then
    return query
    select * from chat_private.apply_inserts(kinds, msg_ids, client_ids, timestamps, usernames, contents);
  end if;

  if kinds && array['edit', 'delete'] then
    -- Its own statement, so that the ones below take their snapshot after the last lock.
    select array_agg(msg_id) into locked from (
      select chat.msg_id from public.chat_data as chat
      where chat.msg_id = any (target_ids)
      order by chat.msg_id for update
    ) as rows_to_change;

    if 'edit' = any (kinds) then
      return query
      select * from chat_private.apply_edits(kinds, msg_ids, client_ids, timestamps, contents, target_ids, locked);
    end if;
    if 'delete' = any (kinds) then
      return query
      select * from chat_private.apply_deletes(kinds, client_ids, target_ids, locked);
    end if;
  end if;
end $$;

revoke execute on function public.chat_apply, public.chat_insert from public;
