import type { DatabaseSession } from '../database.ts';

/**
 * A connector that polls anyway needs no nudges, and a NOTIFY in every commit would cap the whole
 * server (see sql/functions/nudge.sql). So a connector under load is *awake*: its listening
 * session holds an advisory lock, and writers that find it locked do not nudge.
 *
 *     asleep ── rows at 3 polls ──► awake ── nothing found ──► unsure ── old writers ended ──► asleep
 *     waits for nudges              polls every 20 ms          polls after 2, 4, 8 … ms
 *
 * A writer that saw the lock may commit, without a nudge, long after the last poll. It had a
 * transaction id by then. So after releasing the lock we draw an id ourselves, the watershed: once
 * every transaction below it has ended, all remaining writers nudge, and one more poll finds what
 * the others wrote. Until then the connector is unsure. The same holds for a new session: another
 * connector, or our own lost session, may have been awake before.
 */
export interface Attention {
  /** Starts to use a session that listens. */
  connected(session: DatabaseSession): Promise<void>;
  disconnected(): void;
  /** Stops the nudges, unless the session is lost or another connector is awake. */
  wakeUp(): Promise<void>;
  /** Lets writers nudge again. */
  fallAsleep(): Promise<void>;
  readonly isAwake: boolean;
  /** True when every row that a poll starting now does not find will come with a nudge. */
  isSure(): Promise<boolean>;
}

const AWAKE_LOCK = '2022, 0';

export function createAttention(): Attention {
  let session: DatabaseSession | undefined;
  let isAwake = false;
  /** A transaction id; null when every writer that saw us awake has ended. */
  let watershed: string | null = null;

  async function markWatershed(listening: DatabaseSession): Promise<void> {
    // Not the snapshot's xmax: it follows the last id that has ended, and a writer may have a later
    // one.
    const [row] = await listening.query<{ id: string }>('select pg_current_xact_id() as id');
    watershed = row?.id ?? null;
  }

  return {
    async connected(listening) {
      await markWatershed(listening);
      session = listening;
    },
    disconnected() {
      session = undefined;
      isAwake = false; // the server released the lock with the session
    },
    async wakeUp() {
      if (!session || isAwake) return;
      const listening = session;
      const [row] = await listening.query<{ locked: boolean }>(
        `select pg_try_advisory_lock(${AWAKE_LOCK}) as locked`,
      );
      isAwake = listening === session && row?.locked === true;
    },
    async fallAsleep() {
      if (!session || !isAwake) return;
      isAwake = false;
      await session.query(`select pg_advisory_unlock(${AWAKE_LOCK})`);
      // A separate statement: the id must be drawn after the unlock.
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
        'select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 as passed',
        [mark],
      );
      if (row?.passed !== true) return false;
      if (watershed === mark) watershed = null;
      return true;
    },
  };
}
