import { isSameRoute, type Route } from '../config/fields.ts';
import type { Queryable } from '../database.ts';
import { MigrationsMissing, ReconcileFailed } from '../errors.ts';
import { controlName } from './table-name.ts';
import { findTables, resolveRoutes, type CapturedTable } from './tables.ts';
import {
  CAPTURE_FUNCTIONS,
  findOldTriggers,
  findTriggers,
  isSameTrigger,
  replaces,
  triggersFor,
  type NamedTrigger,
  type Trigger,
} from './triggers.ts';

/** The changes that make triggers and control table match the configuration exactly. */
export interface SetupPlan {
  readonly tables: readonly CapturedTable[];
  readonly createTriggers: readonly Trigger[];
  /** Ours that are disabled, or differ from what the tables and routes need. */
  readonly replaceTriggers: readonly Trigger[];
  readonly dropTriggers: readonly Trigger[];
  /** The 2021 connector's. */
  readonly dropOldTriggers: readonly NamedTrigger[];
  readonly addRoutes: readonly Route[];
  readonly removeRoutes: readonly Route[];
}

/**
 * Compares and changes nothing.
 * @throws ReconcileFailed naming every table that does not exist or cannot be captured
 */
export async function planSetup(database: Queryable, routes: readonly Route[]): Promise<SetupPlan> {
  const names = [...new Set(routes.map(({ tablename }) => tablename))];
  const { byName, tables, problems } = await findTables(database, names);
  if (problems.length > 0) throw new ReconcileFailed(problems);
  const wantedRoutes = resolveRoutes(routes, byName);
  const stored = await database.query<Route>(
    'select tablename, ablychannelname, operation from public.ablycontroltable',
  );
  const wanted = triggersFor(wantedRoutes, tables);
  const existing = await findTriggers(database);
  const missing = wanted.filter((trigger) => !existing.some((other) => isSameTrigger(trigger, other)));
  const exists = (trigger: Trigger) => existing.some((other) => replaces(trigger, other));
  return {
    tables,
    createTriggers: missing.filter((trigger) => !exists(trigger)),
    replaceTriggers: missing.filter(exists),
    dropTriggers: existing.filter((trigger) => !wanted.some((other) => replaces(other, trigger))),
    dropOldTriggers: await findOldTriggers(database),
    addRoutes: wantedRoutes.filter((route) => !stored.some((other) => isSameRoute(route, other))),
    removeRoutes: stored.filter((route) => !wantedRoutes.some((other) => isSameRoute(route, other))),
  };
}

/**
 * True when partitions or inheriting tables came or went, and nothing else differs. A running
 * connector may follow these: they cannot be the set-up of another one with another configuration.
 */
export function concernsMembersOnly(plan: SetupPlan): boolean {
  const roots = plan.tables.flatMap(({ table, configured }) => (table === configured ? [table] : []));
  const names = roots.map(controlName);
  const isMembers = ({ table }: Trigger) => !names.includes(controlName(table));
  return (
    [...plan.createTriggers, ...plan.replaceTriggers].every(isMembers) &&
    plan.dropTriggers.every((trigger) => isMembers(trigger) && names.includes(trigger.arguments[0] ?? '')) &&
    [plan.addRoutes, plan.removeRoutes, plan.dropOldTriggers].every(({ length }) => length === 0)
  );
}

/** Describes each change in one line; empty when the database matches. */
export function describePlan(plan: SetupPlan): string[] {
  const row = (route: Route) => `${route.operation} on ${route.tablename} to ${route.ablychannelname}`;
  const on = ({ table, name }: NamedTrigger) => `trigger ${name} on ${controlName(table)}`;
  const dropped = (trigger: NamedTrigger) => `drop ${on(trigger)}`;
  return [
    ...plan.createTriggers.map((trigger) => `create ${on(trigger)}`),
    ...plan.replaceTriggers.map((trigger) => `replace ${on(trigger)}, which is disabled or differs`),
    ...plan.dropTriggers.map(dropped),
    ...plan.dropOldTriggers.map((trigger) => `${dropped(trigger)} (the 2021 connector’s)`),
    ...plan.addRoutes.map((route) => `add route ${row(route)}`),
    ...plan.removeRoutes.map((route) => `remove route ${row(route)}`),
  ];
}

/** Names, for each configured table that has some, the tables whose own statements are captured too. */
export function describeFamilies({ tables }: SetupPlan): string[] {
  const members = tables.filter(({ table, configured }) => table !== configured);
  const byConfigured = Map.groupBy(members, ({ configured }) => controlName(configured));
  return [...byConfigured].map(([name, family]) => {
    const names = family.map(({ table }) => controlName(table)).join(', ');
    return `${name} is captured with its partitions or inheriting tables ${names}`;
  });
}

const TABLES = ['outbox', 'nodes', 'ablycontroltable', 'outbox_batches', 'outbox_set_aside'];
const FUNCTIONS = ['outbox_claim', 'outbox_claim_channel', 'outbox_settle', 'outbox_floor'];

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
    [TABLES, [...CAPTURE_FUNCTIONS, ...FUNCTIONS]],
  );
  if (missing.length > 0) throw new MigrationsMissing(missing.map(({ name }) => name));
}
