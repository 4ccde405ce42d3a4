import type { OutgoingName, RowChange } from '@chat/contract';

/** What a row change that came over the channel says about its own way here. */
export interface RowArrival {
  msgId: string;
  cause: OutgoingName;
  recordId: number;
  revision: number;
  /** Ably's stamp on the message that the row was written from, ms; null where the row holds none (a deletion). */
  publishedAt: number | null;
  /** Ably's stamp on the row change, ms: when the connector handed it over. */
  fannedOutAt: number;
  /** The id under which the connector published it, made from the outbox row. */
  fanOutId: string;
}

const CAUSES = { INSERT: 'chatMsg', UPDATE: 'editedMsg', DELETE: 'deletedMsg' } as const;

export function toArrival({ type, row }: RowChange, message: { id: string; timestamp: number }): RowArrival {
  const publishedAt = { INSERT: row.created_at_timestamp, UPDATE: row.edited_at_timestamp, DELETE: null }[
    type
  ];
  return {
    msgId: row.msg_id,
    cause: CAUSES[type],
    recordId: row.incremental_record_id,
    revision: row.revision,
    publishedAt,
    fannedOutAt: message.timestamp,
    fanOutId: message.id,
  };
}
