import type { Route } from '../config/fields.ts';
import { quoteIdentifier, type Database, type Queryable } from '../database.ts';
import { ConnectorError } from '../errors.ts';
import { controlName, quoteTable, type Table } from '../setup/table-name.ts';
import { findTables, resolveRoutes } from '../setup/tables.ts';
import { createTrigger, triggersFor, type Trigger } from '../setup/triggers.ts';

/** What to publish again: the present rows of a table. */
export interface Replay {
  readonly table: Table;
  /** The trigger that captures its INSERTs. */
  readonly trigger: Trigger;
  readonly channels: readonly string[];
  /** An SQL condition on the columns of the table, from the operator. */
  readonly where?: string | undefined;
}

/** A name that hides no table which a condition may name. */
const COPY = 'connector_replay';

/**
 * Finds the trigger that publishes the INSERTs of a table.
 * @param name as in the configuration
 * @throws ConnectorError for a table whose INSERTs the configuration does not publish
 */
export async function findReplay(
  database: Queryable,
  routes: readonly Route[],
  { table: name, where }: { table: string; where?: string | undefined },
): Promise<Replay> {
  const names = [...new Set([...routes.map(({ tablename }) => tablename), name])];
  const { byName, tables } = await findTables(database, names);
  const table = byName.get(name);
  const ofTable = tables.filter((each) => table && quoteTable(each.table) === quoteTable(table));
  const inserts = resolveRoutes(routes, byName).filter(({ operation }) => operation === 'INSERT');
  const [trigger] = triggersFor(inserts, ofTable);
  if (table && trigger) {
    const own = inserts.filter(({ tablename }) => tablename === controlName(table));
    return { table, trigger, channels: own.map(({ ablychannelname }) => ablychannelname), where };
  }
  throw new ConnectorError(
    `Cannot replay ${name}: the configuration has no route for its INSERTs. Add one and run --setup`,
  );
}

/** Counts the rows that a replay would publish. @throws the database's error about the condition */
export async function countReplay(database: Queryable, replay: Replay): Promise<number> {
  const [row] = await database.query<{ total: string }>(
    `select count(*) as total from ${rowsOf(replay)} limit $1`,
    [1],
  );
  return Number(row?.total);
}

/**
 * Publishes the present rows as INSERTs, to the channels of the configured INSERTs. They pass
 * through the capture function, by a trigger on a temporary copy of the table, so they have the
 * form of any other row change. Within the channel they follow what is pending.
 * @returns how many rows
 */
export async function replayRows(database: Database, replay: Replay): Promise<number> {
  const copy = quoteIdentifier(COPY);
  return database.transaction(async (transaction) => {
    // The indexes bring the primary key, which capture may use. Generated columns become plain ones.
    await transaction.query(
      `create temporary table ${copy} (like ${quoteTable(replay.table)} including indexes) on commit drop`,
    );
    await createTrigger(transaction, { ...replay.trigger, table: { schema: 'pg_temp', name: COPY } });
    const [row] = await transaction.query<{ total: string }>(
      `with copied as (insert into pg_temp.${copy} select * from ${rowsOf(replay)} limit $1 returning 1)
       select count(*) as total from copied`,
      [null],
    );
    return Number(row?.total);
  });
}

/**
 * The line break ends a comment in the condition. Each statement with it has a parameter, as
 * PostgreSQL accepts only one statement then.
 */
function rowsOf({ table, where }: Replay): string {
  return `${quoteTable(table)}${where === undefined ? '' : ` where (${where}\n)`}`;
}
