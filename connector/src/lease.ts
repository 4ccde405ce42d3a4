/**
 * Until when this node may believe that no other takes over its batches. On our clock, counted from before the heartbeat
 * was sent, so it ends earlier than the database's own `nodes.expiry`. A process that was frozen (SIGSTOP, a suspended
 * machine) finds out here, before it publishes what somebody else has published long since.
 */
export interface Lease {
  /** The database has extended the lease, asked at that moment of `performance.now()`. */
  renew(askedAt: number): void;
  isHeld(): boolean;
}

/** @param duration how long one heartbeat lasts, ms */
export function createLease(duration: number, now = () => performance.now()): Lease {
  let end = -Infinity;
  return {
    renew: (askedAt) => (end = askedAt + duration),
    isHeld: () => now() < end,
  };
}
