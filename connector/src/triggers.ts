import type { Operation, Route } from './config-fields.ts';
import { quoteIdentifier, type Queryable } from './database.ts';

/** A table as the database knows it. The control table calls it `table` in schema public, else `schema.table`. */
export interface Table {
  readonly schema: string;
  readonly name: string;
}

/** One of our triggers on one table. */
export interface Trigger {
  readonly table: Table;
  readonly operation: Operation;
}

const TRANSITION_TABLE = {
  INSERT: 'NEW TABLE AS new_rows',
  UPDATE: 'NEW TABLE AS new_rows',
  DELETE: 'OLD TABLE AS old_rows',
} as const satisfies Record<Operation, string>;

/** The capture function of the migrations, and the trigger that calls it, have the same name on every table. */
export const captureName = (operation: Operation): string => `outbox_capture_${operation.toLowerCase()}`;

export const OPERATIONS = Object.keys(TRANSITION_TABLE) as Operation[];

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

export function isSameTrigger(one: Trigger, other: Trigger): boolean {
  return (
    one.operation === other.operation &&
    one.table.schema === other.table.schema &&
    one.table.name === other.table.name
  );
}

export async function createTrigger(database: Queryable, { table, operation }: Trigger): Promise<void> {
  await database.query(
    `CREATE TRIGGER ${captureName(operation)} AFTER ${operation} ON ${quoteTable(table)}
       REFERENCING ${TRANSITION_TABLE[operation]}
       FOR EACH STATEMENT EXECUTE FUNCTION public.${captureName(operation)}()`,
  );
}

export async function dropTrigger(database: Queryable, table: Table, name: string): Promise<void> {
  await database.query(`DROP TRIGGER IF EXISTS ${quoteIdentifier(name)} ON ${quoteTable(table)}`);
}

/** Ours, on every table of the database. */
export async function findTriggers(database: Queryable): Promise<Trigger[]> {
  const rows = await findTriggersOf(database, OPERATIONS.map(captureName));
  return rows.flatMap(({ table, name }) => {
    const operation = OPERATIONS.find((candidate) => captureName(candidate) === name);
    return operation ? [{ table, operation }] : [];
  });
}

/**
 * What the 2021 connector left on any table: it called them `<table>_notify_<operation>`, and all of them call its
 * ably_notify(). They fail every write of a row over 7,782 characters, and are of no use without that connector.
 */
export async function findOldTriggers(database: Queryable): Promise<{ table: Table; name: string }[]> {
  return findTriggersOf(database, ['ably_notify']);
}

async function findTriggersOf(
  database: Queryable,
  functions: readonly string[],
): Promise<{ table: Table; name: string }[]> {
  const rows = await database.query<{ schema: string; table: string; trigger: string }>(
    `SELECT n.nspname AS schema, c.relname AS table, t.tgname AS trigger
       FROM pg_trigger t
       JOIN pg_proc p ON p.oid = t.tgfoid
       JOIN pg_class c ON c.oid = t.tgrelid
       JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT t.tgisinternal AND p.proname = ANY ($1)
      ORDER BY 1, 2, 3`,
    [functions],
  );
  return rows.map(({ schema, table, trigger }) => ({ table: { schema, name: table }, name: trigger }));
}
