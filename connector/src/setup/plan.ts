import { isSameRoute, type Route } from '../config/fields.ts';
import type { Queryable } from '../database.ts';
import { MigrationsMissing, ReconcileFailed } from '../errors.ts';
import {
  ALL_CAPTURED,
  captureName,
  controlName,
  findOldTriggers,
  findTriggers,
  isSameTrigger,
  quoteTable,
  replaces,
  toTable,
  triggersFor,
  type NamedTrigger,
  type Trigger,
} from './triggers.ts';

/** The changes that make triggers and control table match the configuration exactly. */
export interface SetupPlan {
  readonly createTriggers: readonly Trigger[];
  readonly dropTriggers: readonly NamedTrigger[];
  /** The 2021 connector's. */
  readonly dropOldTriggers: readonly NamedTrigger[];
  readonly addRoutes: readonly Route[];
  readonly removeRoutes: readonly Route[];
}

/** Compares and changes nothing. @throws ReconcileFailed naming every table that does not exist */
export async function planSetup(database: Queryable, routes: readonly Route[]): Promise<SetupPlan> {
  await ensureTablesExist(database, routes);
  const wanted = triggersFor(routes);
  const existing = await findTriggers(database);
  const stored = await database.query<Route>(
    'select tablename, ablychannelname, operation from public.ablycontroltable',
  );
  const wantedRoutes = routes.map((route) => ({
    ...route,
    tablename: controlName(toTable(route.tablename)),
  }));
  return {
    createTriggers: wanted.filter((trigger) => !existing.some((other) => isSameTrigger(trigger, other))),
    dropTriggers: existing
      .filter((trigger) => !wanted.some((other) => replaces(other, trigger)))
      .map(({ table, captured }) => ({ table, name: captureName(captured) })),
    dropOldTriggers: await findOldTriggers(database),
    addRoutes: wantedRoutes.filter((route) => !stored.some((other) => isSameRoute(route, other))),
    removeRoutes: stored.filter((route) => !wantedRoutes.some((other) => isSameRoute(route, other))),
  };
}

/** Describes each change in one line; empty when the database matches. */
export function describePlan(plan: SetupPlan): string[] {
  const row = (route: Route) => `${route.operation} on ${route.tablename} to ${route.ablychannelname}`;
  const dropped = ({ table, name }: NamedTrigger) => `drop trigger ${name} on ${controlName(table)}`;
  return [
    ...plan.createTriggers.map(
      ({ table, captured }) => `create trigger ${captureName(captured)} on ${controlName(table)}`,
    ),
    ...plan.dropTriggers.map(dropped),
    ...plan.dropOldTriggers.map((trigger) => `${dropped(trigger)} (the 2021 connector’s)`),
    ...plan.addRoutes.map((route) => `add route ${row(route)}`),
    ...plan.removeRoutes.map((route) => `remove route ${row(route)}`),
  ];
}

const TABLES = ['outbox', 'nodes', 'ablycontroltable', 'outbox_batches', 'outbox_set_aside'];
const FUNCTIONS = ['outbox_claim', 'outbox_claim_channel', 'outbox_settle'];

/** @throws MigrationsMissing */
export async function ensureMigrated(database: Queryable): Promise<void> {
  const missing = await database.query<{ name: string }>(
    `select 'table ' || name as name from unnest($1::text[]) as name
     where to_regclass('public.' || name) is null
     union all
     select 'function ' || name from unnest($2::text[]) as name
     where not exists (
       select from pg_proc where proname = name and pronamespace = 'public'::regnamespace
     )`,
    [TABLES, [...ALL_CAPTURED.map(captureName), ...FUNCTIONS]],
  );
  if (missing.length > 0) throw new MigrationsMissing(missing.map(({ name }) => name));
}

async function ensureTablesExist(database: Queryable, routes: readonly Route[]): Promise<void> {
  const names = [...new Set(routes.map(({ tablename }) => tablename))];
  const missing = await database.query<{ position: number }>(
    `select position::int from unnest($1::text[]) with ordinality as t (quoted, position)
     where to_regclass(quoted) is null`,
    [names.map((name) => quoteTable(toTable(name)))],
  );
  if (missing.length === 0) return;
  throw new ReconcileFailed(missing.map(({ position }) => `tablename ${names[position - 1]}: no such table`));
}
