import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { isPoolerRejection, openSession, type Database, type DatabaseSession } from '../database.ts';
import { PoolerInTheWay, toError } from '../errors.ts';

/** A pooler usually gives the last session used, so that two connections soon get the same one. */
const ROUNDS = 4;

/** How long the sessions of the comparison may be silent, ms. */
const SILENCE = 5_000;

/** A nudge arrives within milliseconds, or never, ms. */
const NUDGE = 2_000;

/**
 * Ensures that a connection is one session of PostgreSQL: through a pooler in transaction mode,
 * nudges do not arrive, and an advisory lock stays with a session that others use. Costs a round
 * trip where the connection is direct.
 * @returns `pooler` when one in session mode answers, which may ignore the settings of a connection
 * @throws PoolerInTheWay; other errors of the connection, unchanged
 */
export async function ensureOwnSession(
  database: Database,
  dbConfig: Config['dbConfig'],
): Promise<'pooler' | undefined> {
  try {
    if (await database.isDirect()) return undefined;
    if (await haveOwnSessions(dbConfig)) {
      // Not earlier: in another mode, the settings would stay in sessions of other clients.
      database.setSettings();
      return 'pooler';
    }
  } catch (thrown) {
    const error = toError(thrown);
    if (isPoolerRejection(error)) throw new PoolerInTheWay(dbConfig, error.message, { cause: error });
    throw error;
  }
  throw new PoolerInTheWay(dbConfig, 'a connection does not stay one session');
}

async function haveOwnSessions(dbConfig: Config['dbConfig']): Promise<boolean> {
  const one = await openSession(dbConfig, SILENCE);
  try {
    const other = await openSession(dbConfig, SILENCE);
    try {
      const [ofOne, ofOther] = [new Set<number>(), new Set<number>()];
      for (let round = 0; round < ROUNDS; round += 1) {
        ofOne.add(await readProcess(one));
        ofOther.add(await readProcess(other));
      }
      const all = new Set([...ofOne, ...ofOther]);
      const areApart = ofOne.size === 1 && ofOther.size === 1 && all.size === 2;
      return areApart && (await reachesSilentSession(one, other));
    } finally {
      await other.close();
    }
  } finally {
    await one.close();
  }
}

/**
 * Among other clients, two connections may get the same two sessions in every round. But no pooler
 * gives a session that is listening to a connection that is silent: a nudge is then lost.
 */
async function reachesSilentSession(silent: DatabaseSession, other: DatabaseSession): Promise<boolean> {
  const channel = `connector_session_${randomUUID().replaceAll('-', '_')}`;
  const arrived = new Promise<boolean>((resolve) => silent.onNotification(() => resolve(true)));
  await silent.query(`listen ${channel}`);
  await other.query(`notify ${channel}`);
  return Promise.race([arrived, setTimeout(NUDGE, false, { ref: false })]);
}

async function readProcess(session: DatabaseSession): Promise<number> {
  const [row] = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
  if (!row) throw new Error('The database did not name the process of the session');
  return row.pid;
}
