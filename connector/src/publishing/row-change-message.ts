import type { Batch, OutboxRow } from './outbox.ts';

/** A row change as the connector publishes it. */
export interface RowChangeMessage {
  readonly id: string;
  readonly name: string;
  readonly data?: string;
  readonly extras?: { readonly headers: Readonly<Record<string, unknown>> };
}

/**
 * Ably accepts several messages with our own ids only as `<base>:<index>`, and discards a repeat by
 * its id alone. So the base belongs to the recorded composition of the batch, not to its first row.
 * A lone row is published under its own id, which survives a fail-over of the database that loses
 * the record of its claim.
 */
export function toMessages({ baseId, rows }: Batch): RowChangeMessage[] {
  const [first] = rows;
  if (first && rows.length === 1) return [toLoneMessage(first)];
  return rows.map((row, index) => ({ id: `${baseId}:${index}`, ...toBody(row) }));
}

export function toLoneMessage(row: OutboxRow): RowChangeMessage {
  return { id: row.mutation_id, ...toBody(row) };
}

function toBody({ name, data, headers }: OutboxRow): Omit<RowChangeMessage, 'id'> {
  return {
    name,
    ...(data !== null && { data }),
    ...(headers !== null && { extras: { headers } }),
  };
}
