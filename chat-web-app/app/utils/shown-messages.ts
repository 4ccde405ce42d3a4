import type { ChatRow } from '@chat/contract';
import { targetOf } from '../store/outbox/entry';
import type { OutboxEntry } from '../store/outbox/entry';
import type { Timeline } from '../store/timeline/timeline';

/** One message as it is shown: a row, with what this person has done to it since, or one whose row is not back yet. */
export interface ShownMessage {
  id: string;
  author: string | null;
  authorId: string | null;
  text: string;
  at: number;
  mine: boolean;
  edited: boolean;
  /** ms, null where the row does not tell. */
  editedAt: number | null;
  /** What has not come back from the database yet; absent when what is shown is the row. */
  pending?: OutboxEntry;
}

/** All messages in the order of showing: rows in theirs, then own messages that are still on their way. */
export interface ShownList {
  readonly count: number;
  at(index: number): ShownMessage | undefined;
  idAt(index: number): string | undefined;
  /** -1 when it is not there. */
  indexOf(id: string): number;
}

/**
 * Made anew for every change and made lazily, as only some dozens of perhaps ten thousand are on the screen.
 * @param entries in the order in which they were done, so that the last edit of a message is the one shown
 */
export function createShownList(
  timeline: Timeline,
  entries: readonly OutboxEntry[],
  clientId: string | null,
): ShownList {
  const { rows } = timeline;
  const stored = rows.length;
  const done = new Map(entries.map((entry) => [targetOf(entry), entry]));
  const unsent = entries.filter(isMessage).filter((entry) => !timeline.known.has(entry.id));
  return {
    count: stored + unsent.length,
    at(index) {
      const row = rows[index];
      if (row) return withPending(fromRow(row, clientId), done.get(row.msg_id));
      const entry = unsent[index - stored];
      return entry && fromEntry(entry, clientId);
    },
    idAt: (index) => rows[index]?.msg_id ?? unsent[index - stored]?.id,
    indexOf(id) {
      const index = timeline.indexOf(id);
      if (index >= 0) return index;
      const waiting = unsent.findIndex((entry) => entry.id === id);
      return waiting < 0 ? -1 : stored + waiting;
    },
  };
}

/** The newest message that this person may edit now: their own, back from the database, and not about to be deleted. */
export function lastEditable(list: ShownList): ShownMessage | undefined {
  for (let index = list.count - 1; index >= 0; index -= 1) {
    const message = list.at(index);
    if (message?.mine && !message.pending) return message;
  }
  return undefined;
}

function isMessage(entry: OutboxEntry): entry is OutboxEntry & { name: 'chatMsg' } {
  return entry.name === 'chatMsg';
}

/** A row never changes, so what is shown of it is one object too, and what shows it need not look again. */
const made = new WeakMap<ChatRow, { clientId: string | null; shown: ShownMessage }>();

function fromRow(row: ChatRow, clientId: string | null): ShownMessage {
  const before = made.get(row);
  if (before && before.clientId === clientId) return before.shown;
  const shown = makeShown(row, clientId);
  made.set(row, { clientId, shown });
  return shown;
}

function makeShown(row: ChatRow, clientId: string | null): ShownMessage {
  return {
    id: row.msg_id,
    author: row.username,
    authorId: row.client_id,
    text: row.msg_data ?? '',
    at: row.created_at_timestamp,
    mine: clientId !== null && row.client_id === clientId,
    edited: row.is_edited === true,
    editedAt: row.edited_at_timestamp,
  };
}

function withPending(message: ShownMessage, entry: OutboxEntry | undefined): ShownMessage {
  if (!entry || entry.name === 'chatMsg') return message;
  const text = entry.name === 'editedMsg' ? entry.data.content : message.text;
  return { ...message, text, pending: entry };
}

function fromEntry(entry: OutboxEntry & { name: 'chatMsg' }, clientId: string | null): ShownMessage {
  const { username, content } = entry.data;
  return {
    id: entry.id,
    author: username,
    authorId: clientId,
    text: content,
    at: entry.at,
    mine: true,
    edited: false,
    editedAt: null,
    pending: entry,
  };
}
