import type { Session } from '../database.ts';

/**
 * Who looks again anyway need not be nudged, and a NOTIFY in every commit would cap the whole server (see
 * outbox_notify in sql/). So a connector under load is awake: its listening session holds an advisory lock, and writers
 * who find it taken do not nudge.
 *
 *     asleep ── rows at every look ──► awake ── a look that finds nothing ──► unsure ── all old writers ended ──► asleep
 *     (waits for nudges)               (looks every few ms)                   (looks more and more seldom)
 *
 * A writer that saw us awake may commit, without a nudge, long after our last look. It had its transaction id when it
 * looked at the lock. So once the lock is free we draw an id ourselves, as a watershed: when every transaction below it
 * has ended, whoever is left nudges, and one more look has seen all others. Until then we are unsure.
 * The same holds for a new session: another connector, or our own lost session, may have been awake.
 */
export interface Attention {
  /** The session listens now. */
  connected(session: Session): Promise<void>;
  disconnected(): void;
  /** No longer nudged from now on, if the session stands and no other connector is awake already. */
  wakeUp(): Promise<void>;
  /** Nudged again from now on. */
  fallAsleep(): Promise<void>;
  readonly isAwake: boolean;
  /** True when whatever a look that begins now does not find will come with a nudge. */
  isSure(): Promise<boolean>;
}

const AWAKE_LOCK = '2022, 0';

export function createAttention(): Attention {
  let session: Session | undefined;
  let isAwake = false;
  /** A transaction id; null when nobody is left who might not nudge. */
  let watershed: string | null = null;

  async function markWatershed(listening: Session): Promise<void> {
    // Not the snapshot's xmax: that is one more than the last id to have ended, and a writer may hold a later one.
    const [row] = await listening.query<{ id: string }>('SELECT pg_current_xact_id() AS id');
    watershed = row?.id ?? null;
  }

  return {
    async connected(listening) {
      await markWatershed(listening);
      session = listening;
    },
    disconnected() {
      session = undefined;
      isAwake = false; // the lock went with its session
    },
    async wakeUp() {
      if (!session || isAwake) return;
      const listening = session;
      const [row] = await listening.query<{ taken: boolean }>(
        `SELECT pg_try_advisory_lock(${AWAKE_LOCK}) AS taken`,
      );
      isAwake = listening === session && row?.taken === true;
    },
    async fallAsleep() {
      if (!session || !isAwake) return;
      isAwake = false;
      await session.query(`SELECT pg_advisory_unlock(${AWAKE_LOCK})`);
      // A statement of its own: the id must be younger than the unlocking.
      await markWatershed(session);
    },
    get isAwake() {
      return isAwake;
    },
    async isSure() {
      if (!session) return false;
      if (watershed === null) return true;
      const mark = watershed;
      const [row] = await session.query<{ passed: boolean }>(
        'SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS passed',
        [mark],
      );
      if (row?.passed !== true) return false;
      if (watershed === mark) watershed = null;
      return true;
    },
  };
}
