import type { Int8, OutgoingName, RowChange } from '@chat/contract';

/** What a row change on the incoming channel reveals about its own path. */
export interface RowArrival {
  msgId: string;
  cause: OutgoingName;
  recordId: Int8;
  revision: number;
  /**
   * ms between Ably's timestamps of the message and of its row change: both of one clock. Undefined
   * for a deletion, whose row has no timestamp of the message.
   */
  msBehindAbly?: number;
}

const CAUSES = { INSERT: 'chatMsg', UPDATE: 'editedMsg', DELETE: 'deletedMsg' } as const;

export function toArrival({ type, row }: RowChange, message: { timestamp: number }): RowArrival {
  // chat-writer stores Ably's timestamp of the message with the row; no other clock sets it.
  const publishedAt = { INSERT: row.created_at_timestamp, UPDATE: row.edited_at_timestamp, DELETE: null }[
    type
  ];
  return {
    msgId: row.msg_id,
    cause: CAUSES[type],
    recordId: row.incremental_record_id,
    revision: row.revision,
    msBehindAbly: publishedAt === null ? undefined : message.timestamp - Number(publishedAt),
  };
}
