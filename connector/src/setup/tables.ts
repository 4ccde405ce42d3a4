import { isSameRoute, type Route } from '../config/fields.ts';
import type { Queryable } from '../database.ts';
import { controlName, quoteTable, tablesNamed, type Table } from './table-name.ts';

/** A configured table, or one of its partitions and inheriting tables. */
export interface CapturedTable {
  readonly table: Table;
  /** The table that the configuration names. */
  readonly configured: Table;
  /** sql/functions/capture.sql defines what is plain. */
  readonly isPlain: boolean;
  /** Columns of the primary key. */
  readonly keyColumns: readonly string[];
}

export interface FoundTables {
  /** The table that each configured name means. */
  readonly byName: ReadonlyMap<string, Table>;
  readonly tables: readonly CapturedTable[];
  /** One line for each configured table whose changes cannot all be captured, with the reason. */
  readonly problems: readonly string[];
}

/**
 * Types whose values look the same in every session. A timestamptz is the same moment in every
 * session, with the offset of the writer's time zone.
 */
const PLAIN_TYPES = [
  ...['bool', 'int2', 'int4', 'int8', 'numeric', 'oid', 'xid8', 'bit', 'varbit', 'uuid', 'json', 'jsonb'],
  ...['text', 'varchar', 'bpchar', 'name', 'inet', 'cidr', 'macaddr'],
  ...['date', 'time', 'timetz', 'timestamp', 'timestamptz'],
];

/** Capturing the outbox would never end. */
const OWN_TABLES = ['outbox', 'outbox_batches', 'outbox_set_aside', 'nodes', 'ablycontroltable'];

/** Partitions and inheriting tables are members: their own statements fire no other trigger. */
const FAMILIES = `
  with recursive family (place, root, member) as (
    select place, root, root
    from unnest($1::text[], $2::text[]) with ordinality as t (quoted, otherwise, place)
    cross join lateral coalesce(to_regclass(quoted), to_regclass(otherwise)) as root
    union
    select family.place, family.root, i.inhrelid
    from family join pg_inherits as i on i.inhparent = family.member
  )
  select
    place::int - 1 as place, member = root as is_root, n.nspname as schema, c.relname as name,
    c.relkind as kind,
    parent.name as parent, is_plain,
    array(
      select a.attname::text from pg_index as i
      join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
      where i.indrelid = c.oid and i.indisprimary order by a.attnum
    ) as key_columns
  from family
  left join pg_class as c on c.oid = member
  left join pg_namespace as n on n.oid = c.relnamespace
  left join lateral (
    select string_agg(inhparent::regclass::text, ', ') as name
    from pg_inherits where inhrelid = member and member = root
  ) as parent on true
  cross join lateral (
    select coalesce(bool_and(a.attgenerated <> 'v' and case
      when value.typtype = 'e'
        then not exists (select from pg_cast where castsource = value.oid)
      else value.typnamespace = 'pg_catalog'::regnamespace and value.typname = any ($3)
    end), true)
    and c.relkind = 'r'
    and not exists (select from pg_inherits where member in (inhparent, inhrelid)) as is_plain
    from pg_attribute as a
    join pg_type as t on t.oid = a.atttypid
    join pg_type as value on value.oid = case
      when t.typtype = 'd' then t.typbasetype when t.typcategory = 'A' then t.typelem else t.oid
    end
    where a.attrelid = member and a.attnum > 0 and not a.attisdropped
  ) as columns
  order by place, member <> root, member`;

interface Row extends Table {
  readonly place: number;
  readonly is_root: boolean;
  /** Null without such a table. */
  readonly kind: string | null;
  readonly parent: string | null;
  readonly is_plain: boolean;
  readonly key_columns: readonly string[];
}

/**
 * Finds the tables that need triggers, so that every change of the configured ones is captured.
 * @param names as in the configuration
 */
export async function findTables(database: Queryable, names: readonly string[]): Promise<FoundTables> {
  const meanings = names.map((name) => tablesNamed(name).map(quoteTable));
  const first = meanings.map(([quoted]) => quoted);
  const rows = await database.query<Row>(FAMILIES, [first, meanings.map((all) => all.at(-1)), PLAIN_TYPES]);
  const byName = new Map<string, Table>();
  const tables: CapturedTable[] = [];
  const problems: string[] = [];
  for (const row of rows) {
    const name = names[row.place] ?? '';
    const table = { schema: row.schema, name: row.name };
    const problem = describeProblem(row);
    if (problem !== undefined) problems.push(`tablename ${name}: ${problem}`);
    if (row.is_root) byName.set(name, table);
    const configured = byName.get(name);
    if (configured) tables.push({ table, configured, isPlain: row.is_plain, keyColumns: row.key_columns });
  }
  return { byName, tables, problems };
}

function describeProblem({ kind, is_root: isRoot, parent, ...table }: Row): string | undefined {
  if (kind === null) return 'no such table';
  if (!isRoot && kind === 'f')
    return `its partition ${controlName(table)} is a foreign table, whose changes no trigger sees`;
  if (kind !== 'r' && kind !== 'p') return 'is a view or a foreign table, whose changes no trigger sees';
  if (parent !== null)
    return `is a partition of ${parent}, or inherits from it, whose statements change it unseen; configure ${parent}`;
  if (table.schema === 'public' && OWN_TABLES.includes(table.name)) return 'is the connector’s own';
  return undefined;
}

/** The routes with the names of the control table, each once. */
export function resolveRoutes(routes: readonly Route[], byName: ReadonlyMap<string, Table>): Route[] {
  const resolved = routes.map((route) => {
    const table = byName.get(route.tablename);
    return table ? { ...route, tablename: controlName(table) } : route;
  });
  return resolved.filter(
    (route, index) => resolved.findIndex((other) => isSameRoute(route, other)) === index,
  );
}
