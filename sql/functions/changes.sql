-- The feed of changes: which messages changed since an earlier statement.
--
-- A time or a sequence cannot answer that: a transaction that began before the statement may commit
-- after it, with a time and numbers from before. A snapshot can: it names the transactions whose
-- changes the statement saw. Every message, and every deleted id, has the transaction of its newest
-- change in `changed_in`, set by the triggers in chat-data.sql.

-- Returns the ids of the messages that were inserted, changed or deleted by transactions which the
-- snapshot `since` does not see and the calling statement does. A caller reads the rows in the same
-- statement, and so of the same moment; an id without a row was deleted.
--
-- complete is false, without ids, when more than `most` messages changed, or when that cannot be
-- known: chat_data was truncated, the database is older than the snapshot (restored), or the
-- snapshot is older than 7 days. Deletions are remembered for 14 days (sql/README.md).
--
-- Reads at most `most` + 1 rows of each table by its index, whatever the snapshot is: first those of
-- transactions that were running then, then those of later ones. Security definer: a reader needs
-- no right on chat_private.
create or replace function public.chat_changes(since pg_snapshot, since_ms bigint, most integer)
returns table (complete boolean, msg_ids text[])
language sql stable security definer
set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
  with unseen (first, last) as (
    select running, running from pg_snapshot_xip(since) as running
    union all
    select pg_snapshot_xmax(since), pg_snapshot_xmax(pg_current_snapshot())
  ),
  changed (msg_id) as (
    (
      select found.msg_id from unseen cross join lateral (
        select chat.msg_id from public.chat_data as chat
        where chat.changed_in between unseen.first and unseen.last
        order by chat.changed_in limit most + 1
      ) as found
      limit most + 1
    )
    union
    (
      select found.msg_id from unseen cross join lateral (
        select deleted.msg_id from chat_private.deleted_messages as deleted
        where deleted.changed_in between unseen.first and unseen.last
        order by deleted.changed_in limit most + 1
      ) as found
      limit most + 1
    )
  ),
  judged as (
    select array_agg(msg_id) as ids,
      count(*) <= most
      and since_ms >= extract(epoch from now() - interval '7 days') * 1000
      and pg_snapshot_xmax(since) <= pg_snapshot_xmax(pg_current_snapshot())
      and not exists (
        select from chat_private.truncates
        where truncated_in >= pg_snapshot_xmin(since)
          and not pg_visible_in_snapshot(truncated_in, since)
      ) as complete
    from changed
  )
  select complete, case when complete then coalesce(ids, '{}') else '{}' end from judged
$$;

revoke execute on function public.chat_changes(pg_snapshot, bigint, integer) from public;
