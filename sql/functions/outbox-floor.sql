-- Where the pending rows of the outbox begin.
--
-- Settled rows are deleted, but while any session of the server holds an old snapshot, PostgreSQL
-- cannot remove them from table and index. A search from the beginning reads all of them: 0.2 ms per
-- thousand, for each claim (docs/performance.md). So a search begins after the floor: the greatest
-- number below which no row is pending.
--
-- A row may appear late with a small number, because its transaction commits late. Its transaction
-- had an id before it drew the number. So the last numbers drawn are marked together with a new
-- transaction id; once every transaction before that has ended, all rows up to the mark are visible
-- that ever will be, and the floor may rise to the first pending one. A program that draws a number
-- before it has a transaction id, which an INSERT straight into the outbox does, could just miss
-- that. Therefore once a minute a search begins at the beginning.
--
-- Security definer, and executable by every role: it reveals two numbers, and a claim calls it under
-- the connector's own role.
create or replace function public.outbox_floor(out row_floor bigint, out batch_floor bigint)
language plpgsql security definer
set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_sort = off
as $$
#variable_conflict use_variable
declare
  state chat_private.outbox_floor;
  -- Before the first number is drawn, last_value is that number.
  last_row bigint := (
    select s.last_value - (not s.is_called)::int from public.outbox_sequence_id_seq as s
  );
  first_row bigint;
  first_batch bigint;
  has_passed boolean;
begin
  select * into state from chat_private.outbox_floor;
  row_floor := state.row_floor;
  batch_floor := state.batch_floor;
  if state.looked_at > clock_timestamp() - interval '1 minute' and (
    state.moved_at > clock_timestamp() - interval '1 second' or state.row_floor = last_row
  ) then
    return;
  end if;
  -- One session moves it; the others need not wait.
  select * into state from chat_private.outbox_floor for update skip locked;
  if not found then
    return;
  end if;
  if state.looked_at <= clock_timestamp() - interval '1 minute' then
    row_floor := 0;
    batch_floor := 0;
    state.looked_at := clock_timestamp();
  end if;
  -- Before the search: a row that commits between the two is found, and the mark waits for it.
  has_passed := state.marked_in <= pg_snapshot_xmin(pg_current_snapshot());
  first_row := (
    select o.sequence_id from public.outbox as o
    where o.sequence_id > row_floor and not o.processed order by o.sequence_id limit 1
  );
  first_batch := (
    select b.batch_id from public.outbox_batches as b
    where b.batch_id > batch_floor order by b.batch_id limit 1
  );
  if has_passed then
    state.row_floor := greatest(state.row_floor, state.row_mark);
    state.batch_floor := greatest(state.batch_floor, state.batch_mark);
    state.row_mark := last_row;
    state.batch_mark := (
      select s.last_value - (not s.is_called)::int from public.outbox_batches_batch_id_seq as s
    );
    -- A separate statement: the id must be drawn after the numbers were read.
    state.marked_in := pg_current_xact_id();
  elsif state.marked_in > pg_current_xact_id() then
    -- The database was restored into another cluster.
    state.row_floor := 0;
    state.row_mark := 0;
    state.batch_floor := 0;
    state.batch_mark := 0;
    state.marked_in := pg_current_xact_id();
  end if;
  row_floor := least(state.row_floor, first_row - 1);
  batch_floor := least(state.batch_floor, first_batch - 1);
  update chat_private.outbox_floor as f set
    row_floor = outbox_floor.row_floor, batch_floor = outbox_floor.batch_floor,
    row_mark = state.row_mark, batch_mark = state.batch_mark, marked_in = state.marked_in,
    moved_at = clock_timestamp(), looked_at = state.looked_at;
end $$;
