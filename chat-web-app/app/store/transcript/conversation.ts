import type { MessageVersion, PastRow } from '@chat/contract';

/** A message in a transcript. Of one that was deleted since, only its time is known. */
export interface TranscriptMessage {
  id: string;
  author: string | null;
  authorId: string | null;
  /** ms since the epoch; a text when a number would round it. */
  at: number | string;
  text: string | null;
  revision: number;
  isDeleted: boolean;
  /** Only when they were wanted: those up to `revision`, oldest first. */
  versions?: Pick<MessageVersion, 'revision' | 'content' | 'at' | 'source'>[];
}

export interface Conversation {
  /** The chat as it was then, ms since the epoch. */
  at: number;
  /** In display order. */
  messages: TranscriptMessage[];
  /** False when older messages exist: a transcript has a limit. */
  isComplete: boolean;
}

export function toTranscript(row: PastRow): TranscriptMessage {
  const { created_at_timestamp: at } = row;
  return {
    id: row.msg_id,
    author: row.is_deleted ? null : row.username,
    authorId: row.is_deleted ? null : row.client_id,
    at: typeof at === 'bigint' ? String(at) : at,
    text: row.is_deleted ? null : (row.msg_data ?? ''),
    revision: row.revision,
    isDeleted: row.is_deleted,
  };
}

/** A message that was deleted while the transcript was made. */
export function asDeleted({ id, at, revision }: TranscriptMessage): TranscriptMessage {
  return { id, author: null, authorId: null, at, text: null, revision, isDeleted: true };
}
