-- The limit of messages per author and minute, for deployers who want one (chat-writer's
-- MESSAGES_PER_MINUTE). Without it nothing here is called, and nothing costs.

-- Applies one event as chat_apply does, except that of each author at most per_minute messages and
-- edits are applied within 60 seconds, by the time at which Ably received them. The others get the
-- outcome `limited` and change nothing: the author's page publishes them again later.
--
-- Deletions are neither counted nor limited, and repeats of what was applied are not either. Of an
-- event with several messages of an author the first ones are applied.
--
-- The rows of recent_writes are locked before those of chat_data, in the order of client_id, so
-- concurrent events neither deadlock nor count past one another.
create or replace function public.chat_apply_limited(
  per_minute integer, kinds text[], msg_ids text[], client_ids text[], received bigint[],
  timestamps bigint[], usernames text[], contents text[], target_ids text[]
) returns table (message integer, outcome text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  -- `limited` in place of a kind, which chat_apply ignores.
  admitted text[];
begin
  -- A new author's first message removes others, so the table stays as small as the number of
  -- authors of some minutes.
  if exists (
    select from unnest(client_ids) as event (client_id)
    where not exists (
      select from chat_private.recent_writes as recent where recent.client_id = event.client_id
    )
  ) then
    delete from chat_private.recent_writes where client_id in (
      select client_id from chat_private.recent_writes
      where newest < (select max(received_at) from unnest(received) as event (received_at)) - 300000
      limit 10 for update skip locked
    );
  end if;

  insert into chat_private.recent_writes as recent (client_id, newest)
  select client_id, max(received_at)
  from unnest(client_ids, received) as event (client_id, received_at)
  group by client_id order by client_id
  on conflict (client_id) do update set newest = greatest(recent.newest, excluded.newest);

  select array_agg(case when judged.is_over then 'limited' else judged.kind end order by ordinal)
  into admitted
  from (
    select event.ordinal, event.kind, counts and per_minute < (
      select count(*) from unnest(recent.moments) as moment
      where abs(moment - event.received_at) < 60000
    ) + count(*) filter (where counts) over (
      partition by event.client_id order by event.ordinal
    ) as is_over
    from unnest(kinds, msg_ids, client_ids, received, target_ids) with ordinality
      as event (kind, msg_id, client_id, received_at, target_id, ordinal)
    join chat_private.recent_writes as recent on recent.client_id = event.client_id
    cross join lateral (
      select case event.kind
        when 'insert' then not exists (
          select from public.chat_data as chat where chat.msg_id = event.msg_id
        )
        when 'edit' then not exists (
          select from chat_private.newest_edits as newest
          where newest.msg_id = event.target_id and newest.edit_id = event.msg_id
        )
        else false
      end as counts
    ) as of_event
  ) as judged;

  return query
  with applied as materialized (
    select * from public.chat_apply(
      admitted, msg_ids, client_ids, timestamps, usernames, contents, target_ids
    )
  ),
  counted as (
    select client_ids[applied.message] as client_id,
      array_agg(received[applied.message]) as moments
    from applied where applied.outcome in ('written', 'edited')
    group by 1
  ),
  noted as (
    update chat_private.recent_writes as recent
    set moments = array(
      select moment from unnest(recent.moments || counted.moments) as moment
      where moment > recent.newest - 60000
    )
    from counted where recent.client_id = counted.client_id
  )
  select * from applied
  union all
  select ordinal::integer, kind
  from unnest(admitted) with ordinality as event (kind, ordinal) where kind = 'limited';
end $$;

revoke execute on function public.chat_apply_limited(
  integer, text[], text[], text[], bigint[], bigint[], text[], text[], text[]
) from public;
