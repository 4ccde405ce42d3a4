-- When each author wrote within the last minute, where chat-writer limits that (functions/
-- rate-limit.sql); empty otherwise. Unlogged: after a crash every author begins anew.
create unlogged table chat_private.recent_writes (
  client_id text primary key,
  -- Of the author's newest message, also of one that was rejected. Times by Ably's clock, ms.
  newest bigint not null,
  moments bigint[] not null default '{}'
);
