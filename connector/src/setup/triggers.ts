import type { Operation, Route } from '../config/fields.ts';
import { quoteIdentifier, quoteLiteral, type Queryable } from '../database.ts';

/**
 * A table's real name. The control table spells it `table` in schema public, else `schema.table`.
 */
export interface Table {
  readonly schema: string;
  readonly name: string;
}

/** The statement that fires a trigger of ours. TRUNCATE is captured as the delete of every row. */
export type Captured = Operation | 'TRUNCATE';

/** One of our triggers on one table. */
export interface Trigger {
  readonly table: Table;
  readonly captured: Captured;
  /**
   * Passed to the capture function: the table's name in the control table, then the sorted
   * channels.
   */
  readonly arguments: readonly string[];
}

const TIMING = {
  INSERT: { when: 'after', rows: 'referencing new table as new_rows' },
  UPDATE: { when: 'after', rows: 'referencing new table as new_rows' },
  DELETE: { when: 'after', rows: 'referencing old table as old_rows' },
  TRUNCATE: { when: 'before', rows: '' },
} as const satisfies Record<Captured, { when: string; rows: string }>;

/**
 * The name of the capture function in sql/functions, and of the trigger that calls it on each
 * table.
 */
export const captureName = (captured: Captured): string => `outbox_capture_${captured.toLowerCase()}`;

export const ALL_CAPTURED = Object.keys(TIMING) as Captured[];

export function toTable(tablename: Route['tablename']): Table {
  const [first = '', second] = tablename.split('.');
  return second === undefined ? { schema: 'public', name: first } : { schema: first, name: second };
}

export function controlName({ schema, name }: Table): string {
  return schema === 'public' ? name : `${schema}.${name}`;
}

export function quoteTable({ schema, name }: Table): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** True when both are on the same table for the same statement, so that only one can exist. */
export function replaces(one: Trigger, other: Trigger): boolean {
  return (
    one.captured === other.captured &&
    one.table.schema === other.table.schema &&
    one.table.name === other.table.name
  );
}

export function isSameTrigger(one: Trigger, other: Trigger): boolean {
  const [ours, theirs] = [one.arguments, other.arguments];
  return (
    replaces(one, other) &&
    ours.length === theirs.length &&
    ours.every((argument, index) => argument === theirs[index])
  );
}

/** Returns the triggers that the routes need, each once. */
export function triggersFor(routes: readonly Route[]): Trigger[] {
  const captures = routes.flatMap(({ tablename, ablychannelname, operation }) => {
    const captured: Captured[] = operation === 'DELETE' ? [operation, 'TRUNCATE'] : [operation];
    return captured.map((each) => ({ table: toTable(tablename), captured: each, channel: ablychannelname }));
  });
  const byTrigger = Map.groupBy(captures, ({ table, captured }) => `${captured} ${quoteTable(table)}`);
  return [...byTrigger.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const channels = [...new Set(group.map(({ channel }) => channel))].sort();
    return [
      { table: first.table, captured: first.captured, arguments: [controlName(first.table), ...channels] },
    ];
  });
}

/** Creates the trigger, or replaces one with other arguments. */
export async function createTrigger(database: Queryable, trigger: Trigger): Promise<void> {
  const { table, captured } = trigger;
  const { when, rows } = TIMING[captured];
  await database.query(
    `create or replace trigger ${captureName(captured)} ${when} ${captured}
     on ${quoteTable(table)} ${rows} for each statement
     execute function public.${captureName(captured)}(${trigger.arguments.map(quoteLiteral).join(', ')})`,
  );
}

export async function dropTrigger(database: Queryable, { table, name }: NamedTrigger): Promise<void> {
  await database.query(`drop trigger if exists ${quoteIdentifier(name)} on ${quoteTable(table)}`);
}

/** Returns our triggers on every table of the database. */
export async function findTriggers(database: Queryable): Promise<Trigger[]> {
  const rows = await findTriggersOf(database, ALL_CAPTURED.map(captureName));
  return rows.flatMap(({ table, name, arguments: passed }) => {
    const captured = ALL_CAPTURED.find((candidate) => captureName(candidate) === name);
    return captured ? [{ table, captured, arguments: passed }] : [];
  });
}

export interface NamedTrigger {
  readonly table: Table;
  readonly name: string;
}

/**
 * Returns the triggers that the 2021 connector left on any table, all of which call its
 * ably_notify(). They fail every write of a row over 7,782 characters, and are useless without it.
 */
export async function findOldTriggers(database: Queryable): Promise<NamedTrigger[]> {
  return findTriggersOf(database, ['ably_notify']);
}

async function findTriggersOf(
  database: Queryable,
  functions: readonly string[],
): Promise<(NamedTrigger & Pick<Trigger, 'arguments'>)[]> {
  const rows = await database.query<{ schema: string; table: string; trigger: string; passed: Buffer }>(
    `select n.nspname as schema, c.relname as table, t.tgname as trigger, t.tgargs as passed
     from pg_trigger t
     join pg_proc p on p.oid = t.tgfoid
     join pg_class c on c.oid = t.tgrelid
     join pg_namespace n on n.oid = c.relnamespace
     where not t.tgisinternal and p.proname = any ($1)
     order by 1, 2, 3`,
    [functions],
  );
  return rows.map(({ schema, table, trigger, passed }) => ({
    table: { schema, name: table },
    name: trigger,
    arguments: passed.toString().split('\0').slice(0, -1), // each ends with a zero byte
  }));
}
