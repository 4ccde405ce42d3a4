import type { Route } from './config-fields.ts';
import { isRefusal, isTransient, type Database, type Queryable } from './database.ts';
import { MigrationsMissing, ReconcileFailed, toError } from './errors.ts';
import {
  captureName,
  controlName,
  createTrigger,
  dropTrigger,
  findOldTriggers,
  findTriggers,
  isSameTrigger,
  OPERATIONS,
  quoteTable,
  toTable,
  type Trigger,
} from './triggers.ts';

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
 * @throws MigrationsMissing, ReconcileFailed; what isTransient or isRefusal know, as it is
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
      await ensureMigrated(transaction);
      await ensureTablesExist(transaction, routes);
      return {
        ...(await reconcileTriggers(transaction, routes)),
        ...(await reconcileControlTable(transaction, routes)),
      };
    });
  } catch (error) {
    if (error instanceof MigrationsMissing || error instanceof ReconcileFailed) throw error;
    if (isTransient(error) || isRefusal(error)) throw error;
    throw new ReconcileFailed([toError(error).message], { cause: error });
  }
}

async function ensureMigrated(transaction: Queryable): Promise<void> {
  const tables = ['outbox', 'nodes', 'ablycontroltable'];
  const missing = await transaction.query<{ name: string }>(
    `SELECT 'table ' || name AS name FROM unnest($1::text[]) AS name
      WHERE to_regclass('public.' || name) IS NULL
      UNION ALL
     SELECT 'function ' || name FROM unnest($2::text[]) AS name
      WHERE to_regprocedure('public.' || name || '()') IS NULL`,
    [tables, OPERATIONS.map(captureName)],
  );
  if (missing.length > 0) throw new MigrationsMissing(missing.map(({ name }) => name));
}

async function ensureTablesExist(transaction: Queryable, routes: readonly Route[]): Promise<void> {
  const names = [...new Set(routes.map(({ tablename }) => tablename))];
  const missing = await transaction.query<{ place: number }>(
    `SELECT place::int FROM unnest($1::text[]) WITH ORDINALITY AS t (quoted, place)
      WHERE to_regclass(quoted) IS NULL`,
    [names.map((name) => quoteTable(toTable(name)))],
  );
  if (missing.length === 0) return;
  throw new ReconcileFailed(missing.map(({ place }) => `tablename ${names[place - 1]}: no such table`));
}

async function reconcileTriggers(transaction: Queryable, routes: readonly Route[]) {
  const wanted = routes
    .map((route): Trigger => ({ table: toTable(route.tablename), operation: route.operation }))
    .filter((trigger, place, all) => all.findIndex((other) => isSameTrigger(trigger, other)) === place);
  const existing = await findTriggers(transaction);
  const old = await findOldTriggers(transaction);

  const missing = wanted.filter((trigger) => !existing.some((other) => isSameTrigger(trigger, other)));
  const unwanted = existing.filter((trigger) => !wanted.some((other) => isSameTrigger(trigger, other)));
  for (const trigger of missing) await createTrigger(transaction, trigger);
  for (const { table, operation } of unwanted) await dropTrigger(transaction, table, captureName(operation));
  for (const { table, name } of old) await dropTrigger(transaction, table, name);
  return {
    triggersCreated: missing.length,
    triggersDropped: unwanted.length,
    oldTriggersDropped: old.length,
  };
}

async function reconcileControlTable(transaction: Queryable, routes: readonly Route[]) {
  const columns = [
    routes.map((route) => controlName(toTable(route.tablename))),
    routes.map((route) => route.ablychannelname),
    routes.map((route) => route.operation),
  ];
  const wanted = `(SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`;
  const removed = await transaction.query(
    `DELETE FROM public.ablycontroltable
      WHERE (tablename, ablychannelname, operation) NOT IN ${wanted} RETURNING 1`,
    columns,
  );
  const added = await transaction.query(
    `INSERT INTO public.ablycontroltable (tablename, ablychannelname, operation) ${wanted}
     ON CONFLICT DO NOTHING RETURNING 1`,
    columns,
  );
  return { routesAdded: added.length, routesRemoved: removed.length };
}
