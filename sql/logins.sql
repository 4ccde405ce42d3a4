-- The rights of the logins with which the parts connect, all in one place. `ensureLogins` creates the
-- logins, then runs this file in the same transaction, also for logins that exist: a right that is
-- removed here is revoked.

revoke all on all tables in schema public, chat_private from chat_writer, chat_history, chat_connector;
revoke all on all sequences in schema public, chat_private from chat_writer, chat_history, chat_connector;
revoke all on all functions in schema public, chat_private from chat_writer, chat_history, chat_connector;
grant usage on schema public to chat_writer, chat_history, chat_connector;

-- chat-writer changes messages by the write rules only, and reads nothing.
grant execute on function public.chat_apply, public.chat_insert, public.chat_apply_limited to chat_writer;

-- chat-history only reads messages and their versions.
grant select on public.chat_data to chat_history;
grant execute on function
  public.chat_changes, public.chat_history_at, public.chat_message_versions, public.chat_search,
  public.chat_timeline
  to chat_history;

-- The connector drains the outbox and reads no message elsewhere. Its triggers must exist: the owner
-- runs `--setup` after every change of the routes.
grant select, update, delete on public.outbox to chat_connector;
grant select, insert, update, delete on public.outbox_batches, public.nodes to chat_connector;
grant select, insert on public.outbox_set_aside to chat_connector;
grant select on public.ablycontroltable to chat_connector;
grant usage on sequence public.outbox_batches_batch_id_seq to chat_connector;
grant execute on function
  public.outbox_claim, public.outbox_claim_channel, public.outbox_settle
  to chat_connector;
