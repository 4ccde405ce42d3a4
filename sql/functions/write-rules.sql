-- The write rules: what a published message does to chat_data.
--
-- Messages arrive repeated, reordered, and split over events that run concurrently. Nevertheless
-- the final state must be that of publish order: all messages applied once, ordered by (timestamp,
-- id). The comment on each rule explains how it achieves that.
--
-- An id is the identity of what a person did. It stays the same when a client publishes again what
-- has not come back; the timestamp may then differ.
--
-- Outcomes of a message:
--   written, edited, deleted   applied now
--   duplicate                  the same message was applied before
--   stale                      a newer edit has been applied
--   foreign                    rejected: not the author, or the id is another author's
--   gone                       the message was deleted before
--   missing-target             nothing to edit or delete yet: retry after its insert has arrived
--
-- Security definer: to write, a role needs execute on chat_apply and chat_insert, and nothing else.

-- Inserts. An id is written once: a repeat finds the row, or the record of its deletion. A message
-- of another author under the same id is no repeat: it is rejected, so that its sender can learn it.

-- A single message, which almost every event is. A function of its own, because unpacking the
-- arrays of chat_apply doubles the cost of the plain INSERT (measured: 1.1 times that of the plain
-- INSERT here, 1.9 times in chat_apply). apply_inserts explains the check after the insert.
create or replace function public.chat_insert(
  id text, author text, moment bigint, author_name text, content text
) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.chat_data (
    msg_id, client_id, created_at_timestamp, username, msg_data, is_edited, source
  )
  select id, author, moment, author_name, content, false, 'chat'
  where not exists (
    select from chat_private.deleted_messages as deleted where deleted.msg_id = chat_insert.id
  )
  on conflict (msg_id) do nothing;
  if not found then
    return coalesce((
      select case when chat.client_id = author then 'duplicate' else 'foreign' end
      from public.chat_data as chat where chat.msg_id = chat_insert.id
    ), 'gone');
  end if;
  if exists (
    select from chat_private.deleted_messages as deleted where deleted.msg_id = chat_insert.id
  ) then
    raise exception 'message % was deleted concurrently', id
      using errcode = 'serialization_failure',
        hint = 'Nothing was changed. Call chat_insert again at once.';
  end if;
  return 'written';
end $$;

revoke execute on function public.chat_insert(text, text, bigint, text, text) from public;

-- Several messages. Rows are inserted in the order of msg_id, so that two events with the same
-- messages wait for one another instead of deadlocking. Their record ids are drawn in event order
-- before that, because record ids order the messages of one millisecond.
create or replace function chat_private.apply_inserts(
  kinds text[], msg_ids text[], client_ids text[], timestamps bigint[], usernames text[],
  contents text[]
) returns table (message integer, outcome text)
language plpgsql as $$
declare
  written text[];
begin
  with first_of_id as (
    select distinct on (event.msg_id) event.*
    from unnest(kinds, msg_ids, client_ids, timestamps, usernames, contents)
      with ordinality as event (kind, msg_id, client_id, created_at, username, content, ordinal)
    where event.kind = 'insert'
      and not exists (
        select from chat_private.deleted_messages as deleted where deleted.msg_id = event.msg_id
      )
    order by event.msg_id, event.ordinal
  ),
  numbered as materialized (
    select in_order.*, nextval('public.chat_data_incremental_record_id_seq') as record_id
    from (select * from first_of_id order by ordinal) as in_order
  ),
  inserted as (
    insert into public.chat_data (
      msg_id, client_id, created_at_timestamp, username, msg_data, incremental_record_id, is_edited,
      source
    )
    select msg_id, client_id, created_at, username, content, record_id, false, 'chat'
    from numbered order by msg_id
    on conflict (msg_id) do nothing
    returning msg_id
  )
  select array_agg(msg_id) into written from inserted;

  -- A delete may have committed while the insert above waited for it: invisible to the look at
  -- deleted_messages above, whose snapshot is older, but visible to this statement. A later delete
  -- finds our row. Deleting the row here would show it in every tab for a moment, so the whole
  -- event is rolled back, and the caller retries it.
  if exists (
    select from chat_private.deleted_messages as deleted where deleted.msg_id = any (written)
  ) then
    raise exception 'a message of this event was deleted concurrently'
      using errcode = 'serialization_failure',
        hint = 'Nothing was changed. Call chat_apply again at once.';
  end if;

  return query
  select event.ordinal::integer, case
    when deleted.msg_id is not null and chat.msg_id is null then 'gone'
    when fresh.msg_id is not null
      and row_number() over (partition by event.msg_id order by event.ordinal) = 1 then 'written'
    when chat.client_id = event.client_id then 'duplicate'
    else 'foreign'
  end
  from unnest(kinds, msg_ids, client_ids) with ordinality
    as event (kind, msg_id, client_id, ordinal)
  left join unnest(written) as fresh (msg_id) on fresh.msg_id = event.msg_id
  left join chat_private.deleted_messages as deleted on deleted.msg_id = event.msg_id
  left join public.chat_data as chat on chat.msg_id = event.msg_id
  where event.kind = 'insert';
end $$;

revoke execute on function chat_private.apply_inserts(
  text[], text[], text[], bigint[], text[], text[]
) from public;

-- Edits. The author's newest edit by (timestamp, id) wins and all others change nothing, so the
-- order of arrival does not matter. An edit that does not change the text counts too: if it did not
-- advance edited_at_timestamp, an older edit arriving later would win over it. Only the text
-- changes: username remains the name under which the message was written; the identity is
-- client_id.
--
-- The timestamp is the time at which the author made the edit, or at which Ably received this
-- attempt if that is earlier or the client names none. So attempts of one edit may differ in their
-- timestamps. A repeat of the newest edit is recognised by its id and changes nothing whatever its
-- timestamp: another program may have changed the text since. A repeat of an older edit is stale as
-- long as its client names the time, or publishes no edit again after a later one.
create or replace function chat_private.apply_edits(
  kinds text[], msg_ids text[], client_ids text[], timestamps bigint[], contents text[],
  target_ids text[], locked text[]
) returns table (message integer, outcome text)
language plpgsql as $$
begin
  return query
  with edits as (
    select edit_id collate "C", client_id, edited_at, content, target_id, ordinal::integer
    from unnest(kinds, msg_ids, client_ids, timestamps, contents, target_ids) with ordinality
      as event (kind, edit_id, client_id, edited_at, content, target_id, ordinal)
    where kind = 'edit'
  ),
  judged as (
    select edits.*, chat.msg_id is not null as target_exists,
      deleted.msg_id is not null as target_deleted,
      coalesce(chat.client_id = edits.client_id, false) as own,
      coalesce(edits.edit_id = newest.edit_id, false) as repeated,
      -- A message that was never edited has no timestamp: the comparison is null, so any edit is
      -- newer.
      edits.edit_id is distinct from newest.edit_id and (edits.edited_at, edits.edit_id)
        > (chat.edited_at_timestamp, coalesce(newest.edit_id, '')) is not false as newer
    from edits
    left join unnest(locked) as lock (msg_id) on lock.msg_id = edits.target_id
    left join public.chat_data as chat on chat.msg_id = lock.msg_id
    left join chat_private.newest_edits as newest on newest.msg_id = lock.msg_id
    left join chat_private.deleted_messages as deleted on deleted.msg_id = edits.target_id
  ),
  ranked as (
    select judged.*, row_number() over newest_first as rank,
      first_value(edit_id) over newest_first as best_id
    from judged
    window newest_first as (
      partition by target_id, client_id, newer order by edited_at desc, edit_id desc, ordinal
    )
  ),
  winners as (select * from ranked where own and newer and rank = 1),
  edited as (
    update public.chat_data as chat
    set msg_data = winners.content, is_edited = true, edited_at_timestamp = winners.edited_at,
      source = 'chat!'
    from winners where chat.msg_id = winners.target_id
  ),
  recorded as (
    insert into chat_private.newest_edits (msg_id, edit_id)
    select target_id, edit_id from winners
    on conflict (msg_id) do update set edit_id = excluded.edit_id
  )
  select ordinal, case
    when not target_exists and target_deleted then 'gone'
    when not target_exists then 'missing-target'
    when not own then 'foreign'
    when newer and rank = 1 then 'edited'
    when repeated or (newer and edit_id = best_id) then 'duplicate'
    else 'stale'
  end
  from ranked;
end $$;

revoke execute on function chat_private.apply_edits(
  text[], text[], text[], bigint[], text[], text[], text[]
) from public;

-- Deletes. A deletion is final: what was published later, and what was published earlier but
-- arrives later, both find the message gone. So the final state is the same.
create or replace function chat_private.apply_deletes(
  kinds text[], client_ids text[], target_ids text[], locked text[]
) returns table (message integer, outcome text)
language plpgsql as $$
begin
  return query
  with judged as (
    select event.ordinal::integer, event.target_id, chat.msg_id is not null as target_exists,
      deleted.msg_id is not null as target_deleted,
      coalesce(chat.client_id = event.client_id, false) as own,
      row_number() over (partition by event.target_id, event.client_id order by event.ordinal)
        as rank
    from unnest(kinds, client_ids, target_ids)
      with ordinality as event (kind, client_id, target_id, ordinal)
    left join unnest(locked) as lock (msg_id) on lock.msg_id = event.target_id
    left join public.chat_data as chat on chat.msg_id = lock.msg_id
    left join chat_private.deleted_messages as deleted on deleted.msg_id = event.target_id
    where event.kind = 'delete'
  ),
  removed as (
    delete from public.chat_data as chat using judged
    where judged.own and chat.msg_id = judged.target_id
  )
  select ordinal, case
    when not target_exists and target_deleted then 'gone'
    when not target_exists then 'missing-target'
    when not own then 'foreign'
    when rank = 1 then 'deleted'
    else 'gone'
  end
  from judged;
end $$;

revoke execute on function chat_private.apply_deletes(
  text[], text[], text[], text[]
) from public;

-- Applies one event, given as parallel arrays with an element per message: kind is insert, edit or
-- delete; an edit or delete names its target. Returns a row per message with its position in the
-- arrays, from 1, and its outcome.
--
-- Within an event, inserts come first, then edits, then deletes: publish order allows no other.
--
-- At READ COMMITTED each statement sees what committed before it. Locks are acquired in one order
-- everywhere, the new ids sorted, then the existing rows sorted, and only locked rows are judged:
-- so concurrent events neither deadlock nor overwrite one another. In the rare case of a repeated
-- insert that meets the message's deletion, this changes nothing and raises 40001
-- (serialization_failure): call again.
create or replace function public.chat_apply(
  kinds text[], msg_ids text[], client_ids text[], timestamps bigint[], usernames text[],
  contents text[], target_ids text[]
) returns table (message integer, outcome text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  locked text[];
begin
  if 'insert' = any (kinds) then
    return query
    select * from chat_private.apply_inserts(
      kinds, msg_ids, client_ids, timestamps, usernames, contents
    );
  end if;

  if kinds && array['edit', 'delete'] then
    -- A statement of its own, so that those below take their snapshot after the last lock.
    select array_agg(msg_id) into locked from (
      select chat.msg_id from public.chat_data as chat
      where chat.msg_id = any (target_ids)
      order by chat.msg_id for update
    ) as rows_to_change;

    if 'edit' = any (kinds) then
      return query
      select * from chat_private.apply_edits(
        kinds, msg_ids, client_ids, timestamps, contents, target_ids, locked
      );
    end if;
    if 'delete' = any (kinds) then
      return query
      select * from chat_private.apply_deletes(kinds, client_ids, target_ids, locked);
    end if;
  end if;
end $$;

revoke execute on function public.chat_apply(
  text[], text[], text[], bigint[], text[], text[], text[]
) from public;
