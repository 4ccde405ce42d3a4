import type { Operation, Route } from '../config/fields.ts';
import { quoteIdentifier, quoteLiteral, type Queryable } from '../database.ts';

/** A table as the database knows it. The control table calls it `table` in schema public, else `schema.table`. */
export interface Table {
  readonly schema: string;
  readonly name: string;
}

/** What a trigger of ours hears of. TRUNCATE is told as the deletes that it stands for. */
export type Captured = Operation | 'TRUNCATE';

/** One of our triggers on one table. */
export interface Trigger {
  readonly table: Table;
  readonly captured: Captured;
  /** What the trigger hands to its function: the table's name in the control table, and the channels in alphabetical order. */
  readonly arguments: readonly string[];
}

const TIMING = {
  INSERT: { when: 'AFTER', rows: 'REFERENCING NEW TABLE AS new_rows' },
  UPDATE: { when: 'AFTER', rows: 'REFERENCING NEW TABLE AS new_rows' },
  DELETE: { when: 'AFTER', rows: 'REFERENCING OLD TABLE AS old_rows' },
  TRUNCATE: { when: 'BEFORE', rows: '' },
} as const satisfies Record<Captured, { when: string; rows: string }>;

/** The capture function of the migrations, and the trigger that calls it, have the same name on every table. */
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

/** On the same table for the same operation: one takes the place of the other. */
export function isInPlaceOf(one: Trigger, other: Trigger): boolean {
  return (
    one.captured === other.captured &&
    one.table.schema === other.table.schema &&
    one.table.name === other.table.name
  );
}

export function isSameTrigger(one: Trigger, other: Trigger): boolean {
  const [ours, theirs] = [one.arguments, other.arguments];
  return (
    isInPlaceOf(one, other) &&
    ours.length === theirs.length &&
    ours.every((argument, place) => argument === theirs[place])
  );
}

/** The triggers that the routes need, each once. */
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

/** Takes the place of a trigger that hands over something else. */
export async function createTrigger(database: Queryable, trigger: Trigger): Promise<void> {
  const { table, captured } = trigger;
  const { when, rows } = TIMING[captured];
  await database.query(
    `CREATE OR REPLACE TRIGGER ${captureName(captured)} ${when} ${captured} ON ${quoteTable(table)} ${rows}
       FOR EACH STATEMENT EXECUTE FUNCTION public.${captureName(captured)}(${trigger.arguments.map(quoteLiteral).join(', ')})`,
  );
}

export async function dropTrigger(database: Queryable, { table, name }: NamedTrigger): Promise<void> {
  await database.query(`DROP TRIGGER IF EXISTS ${quoteIdentifier(name)} ON ${quoteTable(table)}`);
}

/** Ours, on every table of the database. */
export async function findTriggers(database: Queryable): Promise<Trigger[]> {
  const rows = await findTriggersOf(database, ALL_CAPTURED.map(captureName));
  return rows.flatMap(({ table, name, arguments: given }) => {
    const captured = ALL_CAPTURED.find((candidate) => captureName(candidate) === name);
    return captured ? [{ table, captured, arguments: given }] : [];
  });
}

export interface NamedTrigger {
  readonly table: Table;
  readonly name: string;
}

/**
 * What the 2021 connector left on any table: it called them `<table>_notify_<operation>`, and all of them call its
 * ably_notify(). They fail every write of a row over 7,782 characters, and are of no use without that connector.
 */
export async function findOldTriggers(database: Queryable): Promise<NamedTrigger[]> {
  return findTriggersOf(database, ['ably_notify']);
}

async function findTriggersOf(
  database: Queryable,
  functions: readonly string[],
): Promise<(NamedTrigger & Pick<Trigger, 'arguments'>)[]> {
  const rows = await database.query<{ schema: string; table: string; trigger: string; given: Buffer }>(
    `SELECT n.nspname AS schema, c.relname AS table, t.tgname AS trigger, t.tgargs AS given
       FROM pg_trigger t
       JOIN pg_proc p ON p.oid = t.tgfoid
       JOIN pg_class c ON c.oid = t.tgrelid
       JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT t.tgisinternal AND p.proname = ANY ($1)
      ORDER BY 1, 2, 3`,
    [functions],
  );
  return rows.map(({ schema, table, trigger, given }) => ({
    table: { schema, name: table },
    name: trigger,
    arguments: given.toString().split('\0').slice(0, -1), // each ends with a zero byte
  }));
}
