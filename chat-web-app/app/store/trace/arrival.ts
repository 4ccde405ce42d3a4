import type { OutgoingName, RowChange } from '@chat/contract';

/** What a row change on the incoming channel reveals about its own path. */
export interface RowArrival {
  msgId: string;
  cause: OutgoingName;
  recordId: number;
  revision: number;
  /** Ably's timestamp of the message that caused the row change, ms; null for a deletion. */
  publishedAt: number | null;
  /** Ably's timestamp of the row change, ms: when the connector published it. */
  fannedOutAt: number;
  /** The Ably id of the row change, which the connector derives from the outbox row. */
  fanOutId: string;
}

const CAUSES = { INSERT: 'chatMsg', UPDATE: 'editedMsg', DELETE: 'deletedMsg' } as const;

export function toArrival({ type, row }: RowChange, message: { id: string; timestamp: number }): RowArrival {
  const timestamps = { INSERT: row.created_at_timestamp, UPDATE: row.edited_at_timestamp, DELETE: null };
  return {
    msgId: row.msg_id,
    cause: CAUSES[type],
    recordId: row.incremental_record_id,
    revision: row.revision,
    publishedAt: timestamps[type],
    fannedOutAt: message.timestamp,
    fanOutId: message.id,
  };
}
