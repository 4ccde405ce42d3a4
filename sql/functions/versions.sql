-- The versions of messages: every superseded one is stored in the transaction that supersedes it.
--
-- `alter database chat set chat.versions = 'off'` stops storing them. To purge:
-- `delete from chat_private.versions where replaced_at < …`. Deleting a message erases its versions.

-- Stores the version that an UPDATE replaces. Security definer: a program that may change messages
-- needs no right on chat_private. After the update, so that no other trigger can still prevent it.
-- Must not fail, because the update would: columns may be null that only triggers set, and while
-- those are disabled another row may have had this id and revision.
create or replace function chat_private.keep_version() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  replaced_at bigint := coalesce(
    new.changed_at_timestamp, (extract(epoch from clock_timestamp()) * 1000)::bigint
  );
begin
  insert into chat_private.versions values (
    old.msg_id, old.revision, old.msg_data, old.source,
    coalesce(
      old.changed_at_timestamp, old.edited_at_timestamp, old.created_at_timestamp, replaced_at
    ),
    replaced_at, coalesce(new.created_at_timestamp, replaced_at), new.incremental_record_id
  )
  on conflict on constraint versions_pkey do update
  set content = excluded.content, source = excluded.source, written_at = excluded.written_at,
    replaced_at = excluded.replaced_at;
  if (old.created_at_timestamp, old.incremental_record_id)
    is distinct from (new.created_at_timestamp, new.incremental_record_id)
  then
    update chat_private.versions as kept
    set created_at_timestamp = coalesce(new.created_at_timestamp, kept.created_at_timestamp),
      incremental_record_id = new.incremental_record_id
    where kept.msg_id = new.msg_id;
  end if;
  return null;
end $$;

revoke execute on function chat_private.keep_version() from public;

create or replace trigger chat_data_keep_version after update on public.chat_data
for each row when (
  old.msg_id = new.msg_id and current_setting('chat.versions', true) is distinct from 'off'
)
execute function chat_private.keep_version();

-- Returns the newest `most` versions of a message, the current one last. No row: no such message.
-- Security definer: a reader needs no right on chat_private.
create or replace function public.chat_message_versions(id text, most integer)
returns table (revision integer, content text, at bigint, source text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select version.* from (
    (
      select chat.revision, chat.msg_data,
        coalesce(
          chat.changed_at_timestamp, chat.edited_at_timestamp, chat.created_at_timestamp
        ),
        coalesce(chat.source, 'chat')
      from public.chat_data as chat where chat.msg_id = id
    )
    union all
    (
      select kept.revision, kept.content, kept.written_at, coalesce(kept.source, 'chat')
      from chat_private.versions as kept
      where kept.msg_id = id and exists (select from public.chat_data where msg_id = id)
      order by kept.revision desc limit most - 1
    )
  ) as version (revision, content, at, source)
  order by version.revision
$$;

revoke execute on function public.chat_message_versions(text, integer) from public;

-- Returns the chat as it was at the time `at` (ms), newest first: at most `most` rows that stand
-- before a position in the display order. A message deleted since has neither author nor text. One
-- whose version of then was purged has its oldest known text.
--
-- Reads `most` rows of each table's index, and for each message one of the index of its versions.
create or replace function public.chat_history_at(
  at bigint, before_time bigint, before_record bigint, most integer
)
returns table (
  username text, msg_id text, msg_data text, client_id text, incremental_record_id bigint,
  created_at_timestamp bigint, is_edited boolean, revision integer, edited_at_timestamp bigint,
  source text, changed_at_timestamp bigint, is_deleted boolean
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
set jit = off set max_parallel_workers_per_gather = 0 as $$
#variable_conflict use_column
begin
  -- One condition, so that the search in the index begins there.
  if before_time > at then
    before_time := at;
    before_record := 9223372036854775807;
  end if;
  return query (
    select chat.username, chat.msg_id, past.content, chat.client_id, chat.incremental_record_id,
      chat.created_at_timestamp, past.revision > 1 and past.source = 'chat', past.revision,
      case when past.revision > 1 and past.source = 'chat' then past.written_at end,
      past.source, case when past.revision > 1 then past.written_at end, false
    from (
      select * from public.chat_data as present
      where (present.created_at_timestamp, present.incremental_record_id)
        < (before_time, before_record)
      order by present.created_at_timestamp desc, present.incremental_record_id desc limit most
    ) as chat
    cross join lateral (
      -- Not in the index of versions but in this order: the version of then, else the oldest known.
      select * from (
        select chat.msg_data, coalesce(chat.source, 'chat'), chat.revision, coalesce(
          chat.changed_at_timestamp, chat.edited_at_timestamp, chat.created_at_timestamp
        )
        union all
        select kept.content, coalesce(kept.source, 'chat'), kept.revision, kept.written_at
        from chat_private.versions as kept
        where kept.msg_id = chat.msg_id and chat.changed_at_timestamp > at
      ) as known (content, source, revision, written_at)
      order by known.written_at <= at desc,
        case when known.written_at <= at then -known.revision else known.revision end
      limit 1
    ) as past
  )
  union all
  (
    select null, gone.msg_id, null, null, gone.incremental_record_id, gone.created_at_timestamp,
      false, 1, null, null, null, true
    from chat_private.deleted_messages as gone
    where (gone.created_at_timestamp, gone.incremental_record_id) < (before_time, before_record)
      and extract(epoch from gone.deleted_at) * 1000 > at
      and not exists (select from public.chat_data as chat where chat.msg_id = gone.msg_id)
    order by gone.created_at_timestamp desc, gone.incremental_record_id desc limit most
  )
  order by created_at_timestamp desc, incremental_record_id desc limit most;
end $$;

revoke execute on function public.chat_history_at(bigint, bigint, bigint, integer) from public;

-- Divides the time from the first message to now into equal parts, and returns the first change of
-- each part that has one: one look into an index per part, however many versions there are. One row
-- without a change in a chat that has none.
create or replace function public.chat_timeline(parts integer)
returns table (first_message bigint, now_ms bigint, changed_at bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with life (first, last) as (
    select (
      select chat.created_at_timestamp from public.chat_data as chat
      order by chat.created_at_timestamp, chat.incremental_record_id limit 1
    ), floor(extract(epoch from clock_timestamp()) * 1000)::bigint
  ),
  ticks as (
    select change.replaced_at
    from life
    cross join generate_series(0, parts - 1) as part
    cross join lateral (
      select kept.replaced_at from chat_private.versions as kept
      where kept.replaced_at
        >= first + div((last - first)::numeric * part, parts)::bigint
        and kept.replaced_at
        < first + div((last - first)::numeric * (part + 1), parts)::bigint
      order by kept.replaced_at limit 1
    ) as change
  )
  select life.first, life.last, ticks.replaced_at from life left join ticks on true
  order by ticks.replaced_at
$$;

revoke execute on function public.chat_timeline(integer) from public;
