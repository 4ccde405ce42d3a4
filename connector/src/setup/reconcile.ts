import type { Route } from '../config/fields.ts';
import { isRejection, isTransient, type Database, type Queryable } from '../database.ts';
import { MigrationsMissing, ReconcileFailed, RightsMissing, toError } from '../errors.ts';
import {
  concernsMembersOnly,
  describeFamilies,
  describePlan,
  ensureMigrated,
  planSetup,
  type SetupPlan,
} from './plan.ts';
import { findMissingRights, findMissingSetupRights, READ_ROUTES } from './rights.ts';
import { createTrigger, dropTrigger } from './triggers.ts';

/** Counts the changes; all zero when the database already matched the configuration. */
export interface ReconcileReport {
  readonly routesAdded: number;
  readonly routesRemoved: number;
  readonly triggersCreated: number;
  /** Ours that were disabled, or differed from what tables and routes need. */
  readonly triggersReplaced: number;
  readonly triggersDropped: number;
  /** Triggers of the 2021 connector. */
  readonly oldTriggersDropped: number;
}

/** The id of our advisory lock, apart from other programs' in the same database. */
const RECONCILE_LOCK = 20_210_001;

/**
 * Makes the control table contain exactly the routes, and creates triggers exactly where a route
 * needs one, in one transaction: writers see the old set-up or the new one. Locks no table that
 * matches.
 * @param lockTimeout how long to wait for a locked table, ms: all its writers queue behind us
 * @throws MigrationsMissing, RightsMissing, ReconcileFailed; errors that `isTransient` or
 *   `isRejection` recognise, unchanged
 */
export async function reconcile(
  database: Database,
  routes: readonly Route[],
  lockTimeout: number,
): Promise<ReconcileReport> {
  try {
    return await database.transaction(async (transaction) => {
      const plan = await planAlone(transaction, routes, lockTimeout);
      await apply(transaction, plan);
      return {
        routesAdded: plan.addRoutes.length,
        routesRemoved: plan.removeRoutes.length,
        triggersCreated: plan.createTriggers.length,
        triggersReplaced: plan.replaceTriggers.length,
        triggersDropped: plan.dropTriggers.length,
        oldTriggersDropped: plan.dropOldTriggers.length,
      };
    });
  } catch (error) {
    if (isSetupProblem(error) || isTransient(error) || isRejection(error)) throw error;
    throw new ReconcileFailed([toError(error).message], { cause: error });
  }
}

/**
 * Captures partitions and inheriting tables that have come since the set-up, and no longer those
 * that have gone. Changes nothing when anything else differs.
 * @throws like `reconcile`
 */
export async function followMembers(
  database: Database,
  routes: readonly Route[],
  lockTimeout: number,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const plan = await planAlone(transaction, routes, lockTimeout);
    if (concernsMembersOnly(plan)) await apply(transaction, plan);
  });
}

/** Plans while no other connector changes the set-up, until the transaction ends. */
async function planAlone(
  transaction: Queryable,
  routes: readonly Route[],
  lockTimeout: number,
): Promise<SetupPlan> {
  await transaction.query(`set local lock_timeout = ${lockTimeout}`);
  await transaction.query('select pg_advisory_xact_lock($1)', [RECONCILE_LOCK]);
  return planWithRights(transaction, routes);
}

/** What a start would change in the database, and what would prevent it, one line each. */
export interface Differences {
  /** What is captured beside the configured tables themselves. */
  readonly families: readonly string[];
  readonly changes: readonly string[];
  readonly problems: readonly string[];
}

/** Compares and changes nothing. @throws the database's error when it does not answer */
export async function findDifferences(database: Queryable, routes: readonly Route[]): Promise<Differences> {
  try {
    const plan = await planWithRights(database, routes);
    return { families: describeFamilies(plan), changes: describePlan(plan), problems: [] };
  } catch (error) {
    if (isSetupProblem(error)) return { families: [], changes: [], problems: error.problems };
    throw error;
  }
}

/** @throws RightsMissing naming every missing right, for the plan and for running */
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
  for (const trigger of [...plan.createTriggers, ...plan.replaceTriggers])
    await createTrigger(transaction, trigger);
  for (const trigger of [...plan.dropTriggers, ...plan.dropOldTriggers])
    await dropTrigger(transaction, trigger);
  if (plan.removeRoutes.length > 0) {
    await transaction.query(
      `delete from public.ablycontroltable
       where (tablename, ablychannelname, operation) in (
         select * from unnest($1::text[], $2::text[], $3::text[])
       )`,
      toColumns(plan.removeRoutes),
    );
  }
  if (plan.addRoutes.length > 0) {
    await transaction.query(
      `insert into public.ablycontroltable (tablename, ablychannelname, operation)
       select * from unnest($1::text[], $2::text[], $3::text[])`,
      toColumns(plan.addRoutes),
    );
  }
}

function toColumns(rows: readonly Route[]): string[][] {
  return [
    rows.map(({ tablename }) => tablename),
    rows.map(({ ablychannelname }) => ablychannelname),
    rows.map(({ operation }) => operation),
  ];
}

type SetupProblem = MigrationsMissing | RightsMissing | ReconcileFailed;

/** True for problems that persist until the database or the configuration is changed. */
export function isSetupProblem(error: unknown): error is SetupProblem {
  return (
    error instanceof MigrationsMissing || error instanceof RightsMissing || error instanceof ReconcileFailed
  );
}
