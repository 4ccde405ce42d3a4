import type { Queryable } from '../database.ts';

/**
 * Until when this node may assume that no other node takes over its batches. Measured on this
 * process's clock from before the heartbeat was sent, so it ends earlier than `nodes.expiry` in the
 * database. A process that was frozen (SIGSTOP, a suspended machine) notices here, before it
 * publishes what another node has published in the meantime.
 */
export interface Lease {
  /** @param sentAt `performance.now()` just before the heartbeat that the database confirmed */
  renew(sentAt: number): void;
  isValid(): boolean;
}

/** @param duration how long one heartbeat lasts, ms */
export function createLease(duration: number, now = () => performance.now()): Lease {
  let end = -Infinity;
  return {
    renew: (sentAt) => (end = sentAt + duration),
    isValid: () => now() < end,
  };
}

/** LiveSync's columns have no time zone: ours contain UTC, by the database's clock alone. */
const UTC_NOW = `(clock_timestamp() at time zone 'utc')`;

/**
 * Locks this node's id in its session: a free lock shows other nodes that the session has ended,
 * so that they need not wait for `expiry`. Shared, so that a new session of the node need
 * not wait until the server notices the end of the old one.
 */
export async function lockNodeId(session: Queryable, node: string): Promise<void> {
  await session.query('select pg_advisory_lock_shared(2023, hashtext($1))', [node]);
}

/** Announces that this node lives for `duration` more ms; deletes nodes that died an hour ago. */
export async function sendHeartbeat(database: Queryable, node: string, duration: number): Promise<void> {
  await database.query(
    `with expired as (
       delete from public.nodes where expiry < ${UTC_NOW} - interval '1 hour' and id <> $1)
     insert into public.nodes (id, expiry) values ($1, ${UTC_NOW} + $2 * interval '1 millisecond')
     on conflict (id) do update set expiry = excluded.expiry`,
    [node, duration],
  );
}

/** Gives up every claim of the node, so that others need not wait for its lease to expire. */
export async function removeNode(database: Queryable, node: string): Promise<void> {
  await database.query('delete from public.nodes where id = $1', [node]);
}
