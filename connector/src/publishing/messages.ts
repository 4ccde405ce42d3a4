import type { Batch, OutboxRow } from './outbox.ts';
import type { OutgoingMessage } from './publisher.ts';

/**
 * What a batch is on the wire. Ably takes several messages with ids of ours only as `<base>:<index>`, and drops a
 * repeat by id alone: so the base belongs to the recorded composition of the batch, never to its first row. A lone row
 * goes under its own id, which holds even if the record of its claim is lost in a fail-over of the database.
 */
export function toMessages({ baseId, rows }: Batch): OutgoingMessage[] {
  const [first] = rows;
  if (first && rows.length === 1) return [toLoneMessage(first)];
  return rows.map((row, index) => ({ id: `${baseId}:${index}`, ...toBody(row) }));
}

export function toLoneMessage(row: OutboxRow): OutgoingMessage {
  return { id: row.mutation_id, ...toBody(row) };
}

function toBody({ name, data, headers }: OutboxRow): Omit<OutgoingMessage, 'id'> {
  return {
    name,
    ...(data !== null && { data }),
    ...(headers !== null && { extras: { headers } }),
  };
}
