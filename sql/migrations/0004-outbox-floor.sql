-- Where the pending rows of the outbox begin. functions/outbox-floor.sql explains and keeps it.
create table chat_private.outbox_floor (
  -- Rows and batches up to these numbers are settled, or do not exist.
  row_floor bigint not null default 0,
  batch_floor bigint not null default 0,
  -- Numbers up to these were drawn by transactions before marked_in.
  row_mark bigint not null default 0,
  batch_mark bigint not null default 0,
  marked_in xid8 not null default pg_current_xact_id(),
  moved_at timestamptz not null default '-infinity',
  -- The last look at all rows.
  looked_at timestamptz not null default '-infinity'
);
insert into chat_private.outbox_floor default values;
