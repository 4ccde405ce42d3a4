import type * as v from 'valibot';
import { ROUTE_FIELDS, SETTINGS, type Field } from './fields.ts';

const WIDTH = 100;

/** Describes every setting in a Markdown list, for `--help` and connector-config/README.md. */
export function describeSettings(): string {
  const items = SETTINGS.flatMap((setting) => {
    const own = describeField(`\`${setting.env}\`, \`${setting.key}\``, setting);
    return setting.key === 'connector' ? [own, ...describeRoute()] : [own];
  });
  return items.map(toListItem).join('\n');
}

function describeRoute(): string[] {
  return Object.entries(ROUTE_FIELDS).map(([key, field]) => describeField(`\`connector[].${key}\``, field));
}

function describeField(names: string, { schema, without, description }: Field): string {
  return `${names} (${without ? `default: ${without}` : describeDefault(schema)}): ${description}`;
}

function describeDefault(schema: v.GenericSchema): string {
  if (schema.type !== 'optional') return 'required';
  const { default: value } = schema as v.OptionalSchema<v.GenericSchema, unknown>;
  return value === undefined ? 'optional' : `default: \`${String(value)}\``;
}

function toListItem(text: string): string {
  const lines: string[] = [];
  let line = '-';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}
