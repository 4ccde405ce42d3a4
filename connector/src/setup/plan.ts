import type { Route } from '../config/fields.ts';
import type { Queryable } from '../database.ts';
import { MigrationsMissing, ReconcileFailed } from '../errors.ts';
import {
  ALL_CAPTURED,
  captureName,
  controlName,
  findOldTriggers,
  findTriggers,
  isInPlaceOf,
  isSameTrigger,
  quoteTable,
  toTable,
  triggersFor,
  type NamedTrigger,
  type Trigger,
} from './triggers.ts';

/** What has to be changed for triggers and control table to be exactly as configured. */
export interface SetupPlan {
  readonly createTriggers: readonly Trigger[];
  readonly dropTriggers: readonly NamedTrigger[];
  /** Those of the 2021 connector. */
  readonly dropOldTriggers: readonly NamedTrigger[];
  readonly addRoutes: readonly ControlRow[];
  readonly removeRoutes: readonly ControlRow[];
}

/** A line of the control table, which the 2021 connector kept in the same form. */
export type ControlRow = Route;

/** Compares, and changes nothing. @throws ReconcileFailed naming every table that is not there */
export async function planSetup(database: Queryable, routes: readonly Route[]): Promise<SetupPlan> {
  await ensureTablesExist(database, routes);
  const wanted = triggersFor(routes);
  const existing = await findTriggers(database);
  const held = await database.query<ControlRow>(
    'SELECT tablename, ablychannelname, operation FROM public.ablycontroltable',
  );
  const wantedRoutes = routes.map((route) => ({
    ...route,
    tablename: controlName(toTable(route.tablename)),
  }));
  return {
    createTriggers: wanted.filter((trigger) => !existing.some((other) => isSameTrigger(trigger, other))),
    dropTriggers: existing
      .filter((trigger) => !wanted.some((other) => isInPlaceOf(trigger, other)))
      .map(({ table, captured }) => ({ table, name: captureName(captured) })),
    dropOldTriggers: await findOldTriggers(database),
    addRoutes: wantedRoutes.filter((route) => !held.some((other) => isSameRow(route, other))),
    removeRoutes: held.filter((route) => !wantedRoutes.some((other) => isSameRow(route, other))),
  };
}

/** One line for each change; none when all is as configured. */
export function describePlan(plan: SetupPlan): string[] {
  const row = (route: ControlRow) => `${route.operation} on ${route.tablename} to ${route.ablychannelname}`;
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

function isSameRow(one: ControlRow, other: ControlRow): boolean {
  return (
    one.tablename === other.tablename &&
    one.ablychannelname === other.ablychannelname &&
    one.operation === other.operation
  );
}

const TABLES = ['outbox', 'nodes', 'ablycontroltable', 'outbox_batches', 'outbox_set_aside'];
const FUNCTIONS = ['outbox_claim', 'outbox_claim_channel', 'outbox_settle'];

/** @throws MigrationsMissing */
export async function ensureMigrated(database: Queryable): Promise<void> {
  const missing = await database.query<{ name: string }>(
    `SELECT 'table ' || name AS name FROM unnest($1::text[]) AS name
      WHERE to_regclass('public.' || name) IS NULL
      UNION ALL
     SELECT 'function ' || name FROM unnest($2::text[]) AS name
      WHERE NOT EXISTS (SELECT FROM pg_proc WHERE proname = name AND pronamespace = 'public'::regnamespace)`,
    [TABLES, [...ALL_CAPTURED.map(captureName), ...FUNCTIONS]],
  );
  if (missing.length > 0) throw new MigrationsMissing(missing.map(({ name }) => name));
}

async function ensureTablesExist(database: Queryable, routes: readonly Route[]): Promise<void> {
  const names = [...new Set(routes.map(({ tablename }) => tablename))];
  const missing = await database.query<{ place: number }>(
    `SELECT place::int FROM unnest($1::text[]) WITH ORDINALITY AS t (quoted, place)
      WHERE to_regclass(quoted) IS NULL`,
    [names.map((name) => quoteTable(toTable(name)))],
  );
  if (missing.length === 0) return;
  throw new ReconcileFailed(missing.map(({ place }) => `tablename ${names[place - 1]}: no such table`));
}
