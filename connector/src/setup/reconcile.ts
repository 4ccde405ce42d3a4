import type { Route } from '../config/fields.ts';
import { isRefusal, isTransient, type Database, type Queryable } from '../database.ts';
import { MigrationsMissing, ReconcileFailed, RightsMissing, toError } from '../errors.ts';
import { findMissingRights, findMissingSetupRights, READ_ROUTES } from './rights.ts';
import { describePlan, ensureMigrated, planSetup, type ControlRow, type SetupPlan } from './plan.ts';
import { createTrigger, dropTrigger } from './triggers.ts';

/** What was changed; all zero when the database already matched the configuration. */
export interface ReconcileReport {
  readonly routesAdded: number;
  readonly routesRemoved: number;
  readonly triggersCreated: number;
  readonly triggersDropped: number;
  /** Triggers of the 2021 connector. */
  readonly oldTriggersDropped: number;
}

/** Keeps our advisory locks apart from other programs' in the same database. */
const RECONCILE_LOCK = 20_210_001;

/**
 * Makes the control table hold exactly the routes, and the triggers exist exactly where a route needs them, in one
 * transaction: writers see the old set-up or the new one. Touches no table that is right already.
 * @param lockTimeout how long to wait for a table that somebody has locked, ms: all writes to it queue up behind us
 * @throws MigrationsMissing, RightsMissing, ReconcileFailed; what isTransient or isRefusal know, as it is
 */
export async function reconcile(
  database: Database,
  routes: readonly Route[],
  lockTimeout: number,
): Promise<ReconcileReport> {
  try {
    return await database.transaction(async (transaction) => {
      await transaction.query(`SET LOCAL lock_timeout = ${lockTimeout}`);
      await transaction.query('SELECT pg_advisory_xact_lock($1)', [RECONCILE_LOCK]);
      const plan = await planWithRights(transaction, routes);
      await apply(transaction, plan);
      return {
        routesAdded: plan.addRoutes.length,
        routesRemoved: plan.removeRoutes.length,
        triggersCreated: plan.createTriggers.length,
        triggersDropped: plan.dropTriggers.length,
        oldTriggersDropped: plan.dropOldTriggers.length,
      };
    });
  } catch (error) {
    if (isSetupProblem(error) || isTransient(error) || isRefusal(error)) throw error;
    throw new ReconcileFailed([toError(error).message], { cause: error });
  }
}

/** What a start would do to the database, and what would keep it from starting, one line each. */
export interface Differences {
  readonly changes: readonly string[];
  readonly problems: readonly string[];
}

/** Compares, and changes nothing. @throws what the database throws when it does not answer */
export async function findDifferences(database: Queryable, routes: readonly Route[]): Promise<Differences> {
  try {
    return { changes: describePlan(await planWithRights(database, routes)), problems: [] };
  } catch (error) {
    if (isSetupProblem(error)) return { changes: [], problems: error.problems };
    throw error;
  }
}

/** @throws RightsMissing naming every right that running, or carrying out the plan, takes */
async function planWithRights(database: Queryable, routes: readonly Route[]): Promise<SetupPlan> {
  await ensureMigrated(database);
  const missing = await findMissingRights(database);
  if (missing.includes(READ_ROUTES)) throw new RightsMissing(missing);
  const plan = await planSetup(database, routes);
  missing.push(...(await findMissingSetupRights(database, plan)));
  if (missing.length > 0) throw new RightsMissing(missing);
  return plan;
}

async function apply(transaction: Queryable, plan: SetupPlan): Promise<void> {
  for (const trigger of plan.createTriggers) await createTrigger(transaction, trigger);
  for (const trigger of [...plan.dropTriggers, ...plan.dropOldTriggers])
    await dropTrigger(transaction, trigger);
  if (plan.removeRoutes.length > 0) {
    await transaction.query(
      `DELETE FROM public.ablycontroltable
        WHERE (tablename, ablychannelname, operation) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`,
      toColumns(plan.removeRoutes),
    );
  }
  if (plan.addRoutes.length > 0) {
    await transaction.query(
      `INSERT INTO public.ablycontroltable (tablename, ablychannelname, operation)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[])`,
      toColumns(plan.addRoutes),
    );
  }
}

function toColumns(rows: readonly ControlRow[]): string[][] {
  return [
    rows.map(({ tablename }) => tablename),
    rows.map(({ ablychannelname }) => ablychannelname),
    rows.map(({ operation }) => operation),
  ];
}

type SetupProblem = MigrationsMissing | RightsMissing | ReconcileFailed;

/** Waiting does not help: somebody has to do something about the database or the configuration. */
export function isSetupProblem(error: unknown): error is SetupProblem {
  return (
    error instanceof MigrationsMissing || error instanceof RightsMissing || error instanceof ReconcileFailed
  );
}
