/** A table's real name. */
export interface Table {
  readonly schema: string;
  readonly name: string;
}

/** A name, or one in double quotes, as in SQL, which may contain dots. */
const PART = '"(?:[^"]|"")+"|[^.]+';
const QUALIFIED = new RegExp(`^(?:(${PART})\\.)?(${PART})$`);

/**
 * What a configured name can mean, the first that exists: `table` in schema public, `schema.table`,
 * both also with parts in double quotes, or a table of public whose name contains a dot.
 */
export function tablesNamed(tablename: string): Table[] {
  const [, schema, name] = QUALIFIED.exec(tablename) ?? [];
  const whole = { schema: 'public', name: tablename };
  if (name === undefined) return [whole];
  const parts = { schema: schema === undefined ? 'public' : unquote(schema), name: unquote(name) };
  return [parts, whole];
}

/** The one spelling of a table in the control table and in messages. */
export function controlName({ schema, name }: Table): string {
  return schema === 'public' ? quoteDots(name) : `${quoteDots(schema)}.${quoteDots(name)}`;
}

/** The table as SQL spells it. */
export function quoteTable({ schema, name }: Table): string {
  return `${quote(schema)}.${quote(name)}`;
}

const isQuoted = (part: string) => /^"(?:[^"]|"")+"$/.test(part);
const unquote = (part: string) => (isQuoted(part) ? part.slice(1, -1).replaceAll('""', '"') : part);
const quoteDots = (part: string) => (part.includes('.') || isQuoted(part) ? quote(part) : part);

/** As pg's escapeIdentifier, without the driver: the configuration is parsed by it too. */
function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
