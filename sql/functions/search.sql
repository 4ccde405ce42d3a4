-- Full-text search over the current text and every version of all messages.

-- Returns a query for the words of a text, of which the last may be the beginning of a word. Null:
-- the text has no word.
create or replace function chat_private.words_query(words text) returns tsquery
language sql stable set search_path = pg_catalog, pg_temp as $$
  select (nullif(plainto_tsquery('simple', words)::text, '') || ':*')::tsquery
$$;

revoke execute on function chat_private.words_query(text) from public;

-- Returns the newest messages that stand before a position in the display order, and of which a
-- version contains all words: at most `most`, with the newest such version.
--
-- For rare words PostgreSQL reads their entries in the index of words, for frequent ones the newest
-- messages until there are enough. It estimates which costs less from the words, so they must be
-- known when it plans: hence a plan of its own for each call. It may not start compilers and workers,
-- which take longer than the search.
create or replace function public.chat_search(
  words text, before_time bigint, before_record bigint, most integer
) returns table (msg_id text, revision integer, content text)
language plpgsql stable security definer rows 20
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
set jit = off set max_parallel_workers_per_gather = 0 as $$
#variable_conflict use_column
declare
  query tsquery := chat_private.words_query(words);
begin
  return query
  with current as (
    select chat.msg_id, chat.revision, chat.msg_data, chat.created_at_timestamp as time,
      chat.incremental_record_id as record
    from public.chat_data as chat
    where to_tsvector('simple', left(chat.msg_data, 10000)) @@ query
      and (chat.created_at_timestamp, chat.incremental_record_id) < (before_time, before_record)
    order by chat.created_at_timestamp desc, chat.incremental_record_id desc limit most
  ),
  superseded as (
    -- Exactly the order of the index: PostgreSQL 15 can only read a distinct on from such a one.
    select distinct on (kept.created_at_timestamp, kept.incremental_record_id)
      kept.msg_id, kept.revision, kept.content, kept.created_at_timestamp as time,
      kept.incremental_record_id as record
    from chat_private.versions as kept
    where to_tsvector('simple', left(kept.content, 10000)) @@ query
      and (kept.created_at_timestamp, kept.incremental_record_id) < (before_time, before_record)
    order by kept.created_at_timestamp desc, kept.incremental_record_id desc, kept.revision desc
    limit most
  )
  select newest.msg_id, newest.revision, newest.msg_data from (
    select distinct on (time, record, msg_id) * from (
      select * from current union all select * from superseded
    ) as every
    order by time desc, record desc, msg_id, revision desc
    limit most
  ) as newest
  order by newest.time desc, newest.record desc;
end $$;

revoke execute on function public.chat_search(text, bigint, bigint, integer) from public;
