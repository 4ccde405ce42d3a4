import type { ChatRow, RowChange } from '@chat/contract';

/** A row as the database returns it. Its time follows from the record id, so rows sort by id. */
export function aRow(recordId: number, changed: Partial<ChatRow> = {}): ChatRow {
  return {
    username: 'Ann',
    msg_id: `message-${recordId}`,
    msg_data: `text ${recordId}`,
    client_id: 'ann',
    incremental_record_id: recordId,
    created_at_timestamp: 1_000 * recordId,
    is_edited: false,
    revision: 1,
    edited_at_timestamp: null,
    ...changed,
  };
}

export function anInsert(row: ChatRow): RowChange {
  return { table: 'chat_data', type: 'INSERT', row };
}

export function anUpdate(row: ChatRow): RowChange {
  return { table: 'chat_data', type: 'UPDATE', row };
}

export function aDelete(row: ChatRow): RowChange {
  return { table: 'chat_data', type: 'DELETE', row };
}
