import * as v from 'valibot';
import type pg from 'pg';
import { expect } from 'vitest';
import { quoteIdentifier } from '../../src/database.ts';
import { controlName } from '../../src/setup/table-name.ts';

const Row = v.record(v.string(), v.unknown());
const Message = v.object({
  table: v.string(),
  type: v.picklist(['INSERT', 'UPDATE', 'DELETE']),
  row: v.optional(Row),
  key: v.optional(v.nullable(Row)),
  uncaptured: v.optional(v.string()),
});

interface Of {
  readonly name: string;
  /** The one column of the primary key. */
  readonly key: string;
}

/**
 * A strict reader of what capture wrote: it inserts only keys that it does not hold, and updates and
 * deletes only those that it holds. Of a row that could not be captured it knows nothing.
 */
export class Replica {
  #after = '0';
  readonly #tables = new Map<string, Map<unknown, Record<string, unknown> | 'unknown'>>();
  readonly #client: pg.Client;
  #pending: v.InferOutput<typeof Message>[] = [];

  constructor(client: pg.Client) {
    this.#client = client;
  }

  async readOutbox(): Promise<void> {
    const { rows } = await this.#client.query<{ sequence_id: string; data: unknown }>(
      'select sequence_id, data from public.outbox where sequence_id > $1 order by sequence_id',
      [this.#after],
    );
    this.#after = rows.at(-1)?.sequence_id ?? this.#after;
    this.#pending.push(...rows.map(({ data }) => v.parse(Message, data)));
  }

  /** Applies what was read about this table, and compares with its rows. */
  async expectRowsOf({ schema, name, key }: Of & { schema: string }): Promise<void> {
    const published = controlName({ schema, name });
    const held = this.#tables.get(name) ?? new Map<unknown, Record<string, unknown> | 'unknown'>();
    this.#tables.set(name, held);
    const own = this.#pending.filter(({ table }) => table === published);
    this.#pending = this.#pending.filter(({ table }) => table !== published);
    for (const { type, row, key: keyOnly, uncaptured } of own) {
      const id = (row ?? keyOnly ?? {})[key];
      expect(id, `the key of ${uncaptured ?? type}`).toBeDefined();
      expect(held.has(id), `${type} of ${String(id)}`).toBe(type !== 'INSERT');
      if (type === 'DELETE') held.delete(id);
      else held.set(id, row ?? 'unknown');
    }
    const { rows } = await this.#client.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(t) as row from ${schema}.${quoteIdentifier(name)} as t
       where ${quoteIdentifier(key)} <> all ($1)`,
      [[...held].flatMap(([id, row]) => (row === 'unknown' ? [id] : []))],
    );
    const known = [...held.values()].filter((row) => row !== 'unknown');
    const byKey = (all: Record<string, unknown>[]) => new Map(all.map((row) => [row[key], row]));
    expect(byKey(known)).toEqual(byKey(rows.map(({ row }) => row)));
  }

  /** Compares with the same table without capture, as text: json may have no jsonb form. */
  async expectSameTable({ name, key }: Of): Promise<void> {
    const read = async (schema: string) => {
      const { rows } = await this.#client.query<{ row: string }>(
        `select t::text as row from ${schema}.${quoteIdentifier(name)} as t order by ${quoteIdentifier(key)}`,
      );
      return rows.map(({ row }) => row);
    };
    expect(await read('captured')).toEqual(await read('free'));
  }
}
