import type { Queryable } from './database.ts';

/** LiveSync's columns have no time zone: by our convention they hold UTC, on the database's clock alone. */
export const UTC_NOW = `(clock_timestamp() AT TIME ZONE 'utc')`;

/**
 * Held by a node's session: whoever finds it free knows at once, without waiting for `expiry`, that the session has ended.
 * Shared, so that a new session need not wait until the server has noticed the end of the old one.
 */
export async function showPresence(session: Queryable, node: string): Promise<void> {
  await session.query('SELECT pg_advisory_lock_shared(2023, hashtext($1))', [node]);
}

/** Tells all others that this node lives for `lease` more ms, and forgets those that died long ago. */
export async function heartbeat(database: Queryable, node: string, lease: number): Promise<void> {
  await database.query(
    `WITH buried AS (DELETE FROM public.nodes WHERE expiry < ${UTC_NOW} - interval '1 hour' AND id <> $1)
     INSERT INTO public.nodes (id, expiry) VALUES ($1, ${UTC_NOW} + $2 * interval '1 millisecond')
     ON CONFLICT (id) DO UPDATE SET expiry = excluded.expiry`,
    [node, lease],
  );
}

/** Gives up everything that the node had claimed, so that another need not wait for the lease to run out. */
export async function leave(database: Queryable, node: string): Promise<void> {
  await database.query('DELETE FROM public.nodes WHERE id = $1', [node]);
}
