import type { Conversation } from './conversation';

/** A `bigint` that no number holds becomes a text: programs that read the file would round it. */
export function toJson({ at, isComplete, messages }: Conversation): string {
  const content = { as_of: at, complete: isComplete, messages: messages.map(toEntry) };
  return `${JSON.stringify(content, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 2)}\n`;
}

function toEntry({
  id,
  author,
  authorId,
  at,
  text,
  revision,
  isDeleted,
  versions,
}: Conversation['messages'][number]) {
  return isDeleted
    ? { msg_id: id, created_at: at, deleted: true }
    : { msg_id: id, author, client_id: authorId, created_at: at, text, revision, versions };
}
