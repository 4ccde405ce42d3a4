-- What a connector claims again, and what it settles, is to be found through the indexes. A session that has worked on a small outbox for a
-- while keeps the plans that suit a small table: it would read all that wait, every time, once many do.
alter function public.outbox_claim_channel(text, text, bigint[], integer, integer, bigint, bigint)
  set enable_seqscan = off;
alter function public.outbox_settle(text, bigint[], bigint[], integer[], integer[], text[])
  set enable_seqscan = off;
