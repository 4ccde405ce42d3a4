import fc from 'fast-check';
import { quoteIdentifier } from '../../src/database.ts';

/** Types with literals of them; json can hold what jsonb cannot. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  int: ['0', '-7', '2147483647'],
  bigint: ['9007199254740993', '-1'],
  bool: ['true', 'false'],
  numeric: ['1.10', `'NaN'`, '12345678901234567890.123', `'-Infinity'`],
  float8: ['0.1::float8 + 0.2', `'NaN'`, `'-Infinity'`, '1e300'],
  float4: ['(1 / 3.0)::float4'],
  text: [`''`, `e'quo\\'te \\\\ \\n'`, `'größe 日本 😀'`, `repeat('long', 3000)`],
  'varchar(20)': [`'v'`],
  bytea: [`'\\x00ff41'`, `''`],
  uuid: [`'3f0e8f4e-1e0a-4f6e-9d55-0c9a8c1f3b11'`],
  interval: [`'1 day 02:03'`, `'-1 mon'`],
  date: [`'2024-05-06'`, `'infinity'`, `'0044-03-15 BC'`],
  timestamp: [`'2024-05-06 07:08:09.123456'`],
  timestamptz: [`'2024-05-06 07:08:09.123456+00'`, `'-infinity'`],
  json: [`'{"b":1,"a":2}'`, `'{"a":"x\\u0000y"}'`, `'{"a":1e400000}'`, `'"\\ud83d"'`],
  'json[]': [`array['{"a":1}'::json, '"\\u0000"']`],
  jsonb: [`'{"a":[1,null]}'`, `'null'`],
  'int[]': [`'{1,2,null}'`, `'{}'`],
  'float8[]': [`array[0.1::float8 + 0.2]`],
  xml: [`'<a>1</a>'`],
  money: ['12.34'],
  point: [`'(1,2)'`],
  inet: [`'10.0.0.1/8'`],
  'bit(3)': [`b'101'`],
  regclass: [`'public.outbox'::regclass`],
  daterange: [`'[2024-01-01,2024-02-01)'`],
  'public.mood': [`'ok'`, `'😀'`],
  'public.small': ['1'],
  'public.pair': [`row(1, 0.5)`, `row(null, null)`],
};

/** What the types above need, once per database. */
export const TYPES = `
  create type public.mood as enum ('ok', '😀');
  create domain public.small as int check (value < 10);
  create type public.pair as (a int, b float8)`;

const NAMES = [
  ...['a', 'B', 'select', 'größe', 'quo"te', "apo'strophe", 'with space', 'back\\slash', 'row'],
  ...['new_rows', 'old_rows', 'changed', 'channel', 'message', 'key', 'table', 'computed', 'place'],
];

export interface RandomTable {
  readonly name: string;
  readonly shape: 'plain' | 'partitioned' | 'inherited';
  readonly keyName: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly generated: readonly ('stored' | 'virtual')[];
  readonly hasChildren: boolean;
}

export const randomTable: fc.Arbitrary<RandomTable> = fc
  .record({
    name: fc.constantFrom('t', 'Orders', 'my.table', 'quo"te', "it's", 'größe_日本', 'x'.repeat(60)),
    shape: fc.constantFrom('plain', 'plain', 'partitioned', 'inherited'),
    names: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 4, maxLength: 4 }),
    types: fc.array(fc.constantFrom(...Object.keys(KINDS)), { minLength: 1, maxLength: 3 }),
    generated: fc.subarray(['stored', 'virtual'] as const),
    hasChildren: fc.boolean(),
  })
  .map(({ names: [keyName = 'k', ...names], types, ...table }) => ({
    ...table,
    keyName,
    columns: types.map((type, index) => ({ name: names[index] ?? `c${index}`, type })),
  }));

/** The tables that a schema gets: the table itself, and one that refers to it. */
export const refersTo = 'refers';

/** Creates the table in a schema. @param virtual whether the server has virtual columns */
export function createStatements(table: RandomTable, schema: string, virtual: boolean): string {
  const name = `${schema}.${quoteIdentifier(table.name)}`;
  const key = quoteIdentifier(table.keyName);
  const columns = [
    `${key} int primary key`,
    ...table.columns.map((column) => `${quoteIdentifier(column.name)} ${column.type}`),
    ...table.generated
      .filter((kind) => virtual || kind === 'stored')
      .map((kind) => `g_${kind} numeric generated always as (${key} * 1.5) ${kind}`),
  ].join(', ');
  const statements = [`create table ${name} (${columns})`];
  if (table.shape === 'partitioned')
    statements[0] += ` partition by range (${key});
      create table ${schema}.low partition of ${name} for values from (minvalue) to (100);
      create table ${schema}.high partition of ${name} for values from (100) to (maxvalue)`;
  if (table.shape === 'inherited')
    statements.push(
      `create table ${schema}.high (extra text default 'more', primary key (${key})) inherits (${name})`,
    );
  if (table.hasChildren && table.shape !== 'inherited')
    statements.push(`create table ${schema}.${refersTo} (id int primary key, of int references ${name}
      on delete cascade on update cascade)`);
  return statements.join(';\n');
}

/** A statement about the table; the schema is filled in when it runs. */
export type Statement = (schema: string) => string;

const keys = fc.constantFrom(0, 1, 2, 3, 4, 99, 100, 101);

/** Of all forms; some fail, as they would without capture. */
export function randomStatement(table: RandomTable): fc.Arbitrary<Statement> {
  const key = quoteIdentifier(table.keyName);
  const columns = table.columns.map(({ name }) => quoteIdentifier(name));
  const whole = (schema: string) => `${schema}.${quoteIdentifier(table.name)}`;
  const high = (schema: string) => `${schema}.high`;
  const value = (index: number) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...(KINDS[table.columns[index]?.type ?? ''] ?? [])) },
      {
        weight: 1,
        arbitrary: fc.constant('null'),
      },
    );
  const values = fc.tuple(...table.columns.map((_, index) => value(index)));
  // The keys of the inheriting table are those from 100: nothing else keeps them apart.
  const isHigh = table.shape === 'inherited' ? (k: number) => k >= 100 : () => false;
  const insert = (k: number, list: readonly string[], schema: string) =>
    `insert into ${isHigh(k) ? high(schema) : whole(schema)} (${[key, ...columns].join()})
     values (${[k, ...list].join()})`;
  const update = fc.tuple(fc.nat(table.columns.length - 1), keys).chain(([index, k]) =>
    value(index).map(
      (to): Statement =>
        (schema) =>
          `update ${whole(schema)} set ${columns[index]} = ${to} where ${key} >= ${k}`,
    ),
  );
  const excluded = columns.map((name) => `${name} = excluded.${name}`).join();
  const forms: fc.Arbitrary<Statement>[] = [
    fc.tuple(keys, values).map(
      ([k, list]) =>
        (schema) =>
          insert(k, list, schema),
    ),
    fc.tuple(keys, keys, values).map(
      ([k, other, list]) =>
        (schema) =>
          isHigh(k) === isHigh(other)
            ? `${insert(k, list, schema)}, (${[other, ...list].join()})`
            : insert(k, list, schema),
    ),
    fc.tuple(keys, values).map(
      ([k, list]) =>
        (schema) =>
          `${insert(k, list, schema)} on conflict (${key}) do update set ${excluded}`,
    ),
    update,
    fc.tuple(keys, keys).map(
      ([from, to]) =>
        (schema) =>
          isHigh(from) === isHigh(to)
            ? `update ${whole(schema)} set ${key} = ${to} where ${key} = ${from}`
            : '',
    ),
    fc
      .constantFrom(1, -1)
      .map((by) => (schema) => `update ${whole(schema)} set ${key} = ${key} + ${by} where ${key} < 90`),
    keys.map((k) => (schema) => `delete from ${whole(schema)} where ${key} >= ${k}`),
    fc.constant<Statement>((schema) => `truncate ${whole(schema)} cascade`),
    fc.tuple(keys, values).map(
      ([k, list]) =>
        (schema) =>
          `merge into ${whole(schema)} as t using (values (${k}), (1)) as s (k) on t.${key} = s.k
           when matched and s.k = 1 then delete
           when matched then update set ${columns[0]} = ${list[0]}
           when not matched and s.k < 90 then insert (${[key, ...columns].join()}) values (${['s.k', ...list].join()})`,
    ),
    keys.map(
      (k) => (schema) =>
        `with gone as (delete from ${whole(schema)} where ${key} = ${k} returning *)
         update ${whole(schema)} set ${columns[0]} = null where ${key} = ${k} + 1`,
    ),
  ];
  if (table.shape !== 'plain')
    forms.push(
      keys.map((k) => (schema) => `delete from ${high(schema)} where ${key} <> ${k}`),
      keys.map((k) => (schema) => `update ${high(schema)} set ${columns[0]} = null where ${key} <> ${k}`),
      fc.constant<Statement>((schema) => `truncate ${high(schema)}`),
    );
  if (table.hasChildren && table.shape !== 'inherited')
    forms.push(
      fc.tuple(keys, keys).map(
        ([id, k]) =>
          (schema) =>
            `insert into ${schema}.${refersTo} values (${id}, ${k}) on conflict (id) do update set of = ${k}`,
      ),
    );
  return fc.oneof(...forms);
}

const SETTINGS = [
  'extra_float_digits = 0',
  'bytea_output = escape',
  'intervalstyle = iso_8601',
  `datestyle = 'German, DMY'`,
  `search_path = ''`,
  'xmlbinary = hex',
  'row_security = off',
  `plpgsql.extra_errors = 'all'`,
  'default_transaction_isolation = serializable',
];

export interface Work {
  readonly settings: readonly string[];
  readonly isolation: 'read committed' | 'repeatable read' | 'serializable';
  readonly end: 'commit' | 'rollback' | 'prepare';
  /** An undone one is rolled back to a savepoint. */
  readonly statements: readonly { readonly run: Statement; readonly undone: boolean }[];
}

export const randomWork = (table: RandomTable): fc.Arbitrary<Work> =>
  fc.record({
    settings: fc.subarray(SETTINGS, { maxLength: 3 }),
    isolation: fc.constantFrom('read committed', 'read committed', 'repeatable read', 'serializable'),
    end: fc.constantFrom('commit', 'commit', 'commit', 'rollback', 'prepare'),
    statements: fc.array(fc.record({ run: randomStatement(table), undone: fc.nat(5).map((n) => n === 0) }), {
      minLength: 1,
      maxLength: 4,
    }),
  });
