import type { ChatRow, Source } from '@chat/contract';

/**
 * Who wrote the current revision of a row. A revision older than the record of it has no `source`:
 * one that is no edit is the database's. Undefined for the first revision of such a row.
 */
export function sourceOf({ source, revision, is_edited }: ChatRow): Source | undefined {
  if (source) return source;
  if (is_edited === true) return 'chat';
  return revision > 1 ? 'database' : undefined;
}
