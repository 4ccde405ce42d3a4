import type { ChatRow } from '@chat/contract';
import { targetOf } from '../store/modules/outbox';
import type { OutboxEntry } from '../store/modules/outbox';

/** One message as it is shown: a row, with what this person has done to it since, or one whose row is not back yet. */
export interface ShownMessage {
  id: string;
  author: string | null;
  text: string;
  at: number;
  mine: boolean;
  edited: boolean;
  /** What has not come back from the database yet; absent when what is shown is the row. */
  pending?: OutboxEntry;
}

/**
 * The list to show: rows in their order, then own messages that are still on their way.
 * @param rows in display order
 * @param entries in the order in which they were done, so that the last edit of a message is the one shown
 */
export function toShownMessages(
  rows: readonly ChatRow[],
  entries: readonly OutboxEntry[],
  clientId: string | null,
): ShownMessage[] {
  const done = new Map(entries.map((entry) => [targetOf(entry), entry]));
  const shown = rows.map((row) => withPending(fromRow(row, clientId), done.get(row.msg_id)));
  const stored = new Set(done.size > 0 ? rows.map((row) => row.msg_id) : []);
  for (const entry of entries) {
    if (entry.name === 'chatMsg' && !stored.has(entry.id)) shown.push(fromEntry(entry));
  }
  return shown;
}

function fromRow(row: ChatRow, clientId: string | null): ShownMessage {
  return {
    id: row.msg_id,
    author: row.username,
    text: row.msg_data ?? '',
    at: row.created_at_timestamp,
    mine: clientId !== null && row.client_id === clientId,
    edited: row.is_edited === true,
  };
}

function withPending(message: ShownMessage, entry: OutboxEntry | undefined): ShownMessage {
  if (!entry || entry.name === 'chatMsg') return message;
  const text = entry.name === 'editedMsg' ? entry.data.content : message.text;
  return { ...message, text, pending: entry };
}

function fromEntry(entry: OutboxEntry & { name: 'chatMsg' }): ShownMessage {
  const { username, content } = entry.data;
  return {
    id: entry.id,
    author: username,
    text: content,
    at: entry.at,
    mine: true,
    edited: false,
    pending: entry,
  };
}
