import type { ChatRow } from '@chat/contract';
import { targetOf } from '../sending/entry';
import type { SendEntry } from '../sending/entry';
import { sourceOf } from './source';
import type { Timeline } from './timeline';

/** A message as displayed: a row with its author's pending change, or one without a row yet. */
export interface ShownMessage {
  id: string;
  author: string | null;
  authorId: string | null;
  text: string;
  at: number;
  mine: boolean;
  edited: boolean;
  /** What SQL from outside the chat did: it wrote the message, or changed it last. */
  outside: 'written' | 'changed' | null;
  /** Of the row, 0 when there is none yet. */
  revision: number;
  /** Of the last change, ms since the epoch; null when the row has no time of it. */
  editedAt: number | null;
  /** The unconfirmed change; absent when the displayed text is the row's. */
  pending?: SendEntry;
}

/** All messages in display order: the rows, then this tab's messages that have no row yet. */
export interface ShownList {
  readonly count: number;
  at(index: number): ShownMessage | undefined;
  idAt(index: number): string | undefined;
  /** -1 when the list has no such message. */
  indexOf(id: string): number;
}

/**
 * Rebuilt on every change; its messages are created lazily, because only some dozens of perhaps ten
 * thousand are on the screen.
 * @param entries oldest first, so that the latest edit of a message is the one displayed
 */
export function createShownList(
  timeline: Timeline,
  entries: readonly SendEntry[],
  clientId: string | null,
): ShownList {
  const { rows } = timeline;
  const pending = new Map(entries.map((entry) => [targetOf(entry), entry]));
  const unsent = entries.filter(isMessage).filter((entry) => !timeline.byId.has(entry.id));
  return {
    count: rows.length + unsent.length,
    at(index) {
      const row = rows[index];
      if (row) return withPending(fromRow(row, clientId), pending.get(row.msg_id));
      const entry = unsent[index - rows.length];
      return entry && fromEntry(entry, clientId);
    },
    idAt: (index) => rows[index]?.msg_id ?? unsent[index - rows.length]?.id,
    indexOf(id) {
      const index = timeline.indexOf(id);
      if (index >= 0) return index;
      const unsentIndex = unsent.findIndex((entry) => entry.id === id);
      return unsentIndex < 0 ? -1 : rows.length + unsentIndex;
    },
  };
}

/** The newest message that this person can edit: their own, without a pending change. */
export function lastEditable(list: ShownList): ShownMessage | undefined {
  for (let index = list.count - 1; index >= 0; index -= 1) {
    const message = list.at(index);
    if (message?.mine && !message.pending) return message;
  }
  return undefined;
}

function isMessage(entry: SendEntry): entry is SendEntry & { name: 'chatMsg' } {
  return entry.name === 'chatMsg';
}

/** Each (immutable) row has one ShownMessage: Vue skips components whose props are identical. */
const cache = new WeakMap<ChatRow, { clientId: string | null; shown: ShownMessage }>();

function fromRow(row: ChatRow, clientId: string | null): ShownMessage {
  const cached = cache.get(row);
  if (cached && cached.clientId === clientId) return cached.shown;
  const shown = toShown(row, clientId);
  cache.set(row, { clientId, shown });
  return shown;
}

export function toShown(row: ChatRow, clientId: string | null): ShownMessage {
  return {
    id: row.msg_id,
    author: row.username,
    authorId: row.client_id,
    text: row.msg_data ?? '',
    at: Number(row.created_at_timestamp),
    mine: clientId !== null && row.client_id === clientId,
    edited: row.is_edited === true || row.revision > 1,
    outside: sourceOf(row) === 'database' ? (row.revision > 1 ? 'changed' : 'written') : null,
    revision: row.revision,
    editedAt: changedAt(row),
  };
}

function changedAt({ changed_at_timestamp, edited_at_timestamp }: ChatRow): number | null {
  const at = changed_at_timestamp ?? edited_at_timestamp;
  return at === null ? null : Number(at);
}

function withPending(message: ShownMessage, entry: SendEntry | undefined): ShownMessage {
  if (!entry || entry.name === 'chatMsg') return message;
  const text = entry.name === 'editedMsg' ? entry.data.content : message.text;
  return { ...message, text, pending: entry };
}

function fromEntry(entry: SendEntry & { name: 'chatMsg' }, clientId: string | null): ShownMessage {
  const { username, content } = entry.data;
  return {
    id: entry.id,
    author: username,
    authorId: clientId,
    text: content,
    at: entry.at,
    mine: true,
    edited: false,
    outside: null,
    revision: 0,
    editedAt: null,
    pending: entry,
  };
}
