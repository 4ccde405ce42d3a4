import type { Operation, Route } from '../config/fields.ts';
import { quoteIdentifier, quoteLiteral, type Queryable } from '../database.ts';
import { controlName, quoteTable, type Table } from './table-name.ts';
import type { CapturedTable } from './tables.ts';

/** The statement that fires a trigger of ours. TRUNCATE is captured as the delete of every row. */
export type Captured = Operation | 'TRUNCATE';

/** One of our triggers on one table. */
export interface Trigger {
  readonly table: Table;
  readonly name: string;
  /** As in pg_trigger.tgtype. */
  readonly type: number;
  /** The names of its transition tables. */
  readonly oldTable: string | null;
  readonly newTable: string | null;
  /** In schema public. */
  readonly function: string;
  readonly arguments: readonly string[];
  /** False when it does not fire in an ordinary session. */
  readonly enabled: boolean;
}

/** PostgreSQL's bits (pg_trigger.h). */
const ROW = 1;
const BEFORE = 2;

const EVENTS = {
  INSERT: { bit: 4, oldTable: null, newTable: 'new_rows' },
  UPDATE: { bit: 16, oldTable: 'old_rows', newTable: 'new_rows' },
  DELETE: { bit: 8, oldTable: 'old_rows', newTable: null },
  TRUNCATE: { bit: 32, oldTable: null, newTable: null },
} as const satisfies Record<Captured, object>;

/** The trigger, and for a plain table also the function in sql/functions that it calls. */
const captureName = (captured: Captured): string => `outbox_capture_${captured.toLowerCase()}`;

const CAREFUL = 'outbox_capture_careful';
const NOTE_KEY_CHANGE = 'outbox_note_key_change';
const ALL_CAPTURED = Object.keys(EVENTS) as Captured[];

/** Every function that a trigger of ours calls. */
export const CAPTURE_FUNCTIONS: readonly string[] = [
  ...ALL_CAPTURED.map(captureName),
  CAREFUL,
  NOTE_KEY_CHANGE,
];

/** True when only one of both can exist. */
export function replaces(one: NamedTrigger, other: NamedTrigger): boolean {
  return (
    one.name === other.name && one.table.schema === other.table.schema && one.table.name === other.table.name
  );
}

export function isSameTrigger(one: Trigger, other: Trigger): boolean {
  const comparable = (trigger: Trigger) =>
    JSON.stringify([
      trigger.type,
      trigger.oldTable,
      trigger.newTable,
      trigger.function,
      trigger.arguments,
      trigger.enabled,
    ]);
  return replaces(one, other) && comparable(one) === comparable(other);
}

/**
 * Returns the triggers that the routes need on these tables, each once.
 * @param routes with the names of the control table
 */
export function triggersFor(routes: readonly Route[], tables: readonly CapturedTable[]): Trigger[] {
  return tables.flatMap((captured) => {
    const name = controlName(captured.configured);
    const channelsOf = (operation: Operation) => {
      const own = routes.filter((route) => route.tablename === name && route.operation === operation);
      return [...new Set(own.map(({ ablychannelname }) => ablychannelname))].sort();
    };
    return ALL_CAPTURED.flatMap((event) => {
      const channels = channelsOf(event === 'TRUNCATE' ? 'DELETE' : event);
      if (channels.length === 0) return [];
      const trigger = captureTrigger(event, captured, channels);
      const hasKey = captured.isPlain && captured.keyColumns.length > 0;
      return event === 'UPDATE' && hasKey ? [trigger, keyTrigger(captured)] : [trigger];
    });
  });
}

function captureTrigger(
  event: Captured,
  { table, configured, isPlain }: CapturedTable,
  channels: readonly string[],
): Trigger {
  const { bit, oldTable, newTable } = EVENTS[event];
  const isCareful = !isPlain && event !== 'TRUNCATE';
  return {
    table,
    name: captureName(event),
    type: event === 'TRUNCATE' ? bit | BEFORE : bit,
    oldTable,
    newTable,
    function: isCareful ? CAREFUL : captureName(event),
    arguments: [controlName(configured), ...(isCareful ? [quoteTable(configured)] : []), ...channels],
    enabled: true,
  };
}

/** Its arguments are the columns in its condition. */
function keyTrigger({ table, keyColumns }: CapturedTable): Trigger {
  return {
    table,
    name: NOTE_KEY_CHANGE,
    type: EVENTS.UPDATE.bit | ROW,
    oldTable: null,
    newTable: null,
    function: NOTE_KEY_CHANGE,
    arguments: keyColumns,
    enabled: true,
  };
}

/** Creates the trigger, or replaces one of that name. */
export async function createTrigger(database: Queryable, trigger: Trigger): Promise<void> {
  const { table, name, type, oldTable, newTable, arguments: passed } = trigger;
  const event = ALL_CAPTURED.find((each) => (type & EVENTS[each].bit) !== 0) ?? '';
  const rows = [oldTable && `old table as ${oldTable}`, newTable && `new table as ${newTable}`];
  const changes = passed.map(quoteIdentifier).map((key) => `old.${key} is distinct from new.${key}`);
  await database.query(
    [
      `create or replace trigger ${quoteIdentifier(name)} ${type & BEFORE ? 'before' : 'after'} ${event}`,
      `on ${quoteTable(table)}`,
      (oldTable ?? newTable) ? `referencing ${rows.filter(Boolean).join(' ')}` : '',
      type & ROW ? `for each row when (${changes.join(' or ')})` : 'for each statement',
      `execute function public.${trigger.function}(${passed.map(quoteLiteral).join(', ')})`,
    ].join(' '),
  );
}

export async function dropTrigger(database: Queryable, { table, name }: NamedTrigger): Promise<void> {
  await database.query(`drop trigger if exists ${quoteIdentifier(name)} on ${quoteTable(table)}`);
}

/** Returns our triggers on every table of the database. */
export function findTriggers(database: Queryable): Promise<Trigger[]> {
  return findTriggersOf(database, CAPTURE_FUNCTIONS);
}

export type NamedTrigger = Pick<Trigger, 'table' | 'name'>;

/**
 * Returns the triggers that the 2021 connector left on any table, all of which call its
 * ably_notify(). They fail every write of a row over 7,782 characters, and are useless without it.
 */
export async function findOldTriggers(database: Queryable): Promise<NamedTrigger[]> {
  return findTriggersOf(database, ['ably_notify']);
}

async function findTriggersOf(database: Queryable, functions: readonly string[]): Promise<Trigger[]> {
  const rows = await database.query<Omit<Trigger, 'table' | 'arguments'> & TriggerRow>(
    `select n.nspname as schema, c.relname as table, t.tgname as name, t.tgtype as type,
       t.tgoldtable as "oldTable", t.tgnewtable as "newTable", p.proname as function,
       t.tgargs as passed, t.tgenabled in ('O', 'A') as enabled
     from pg_trigger t
     join pg_proc p on p.oid = t.tgfoid
     join pg_class c on c.oid = t.tgrelid
     join pg_namespace n on n.oid = c.relnamespace
     where not t.tgisinternal and p.proname = any ($1)
     order by 1, 2, 3`,
    [functions],
  );
  return rows.map(({ schema, table, passed, ...trigger }) => ({
    ...trigger,
    table: { schema, name: table },
    arguments: passed.toString().split('\0').slice(0, -1), // each ends with a zero byte
  }));
}

interface TriggerRow {
  readonly schema: string;
  readonly table: string;
  readonly passed: Buffer;
}
