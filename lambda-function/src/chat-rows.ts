import type { ChatRow } from '@chat/contract';

// Listed by name, so that a column which a deployer adds to the table does not become public.
const PUBLIC_COLUMNS = [
  'username',
  'msg_id',
  'msg_data',
  'client_id',
  'incremental_record_id',
  'created_at_timestamp',
  'is_edited',
  'revision',
  'edited_at_timestamp',
  'source',
  'changed_at_timestamp',
] satisfies (keyof ChatRow)[];

/** The public columns of chat_data, for a SELECT that calls the table `chat`. */
export const PUBLIC_COLUMNS_OF_CHAT = PUBLIC_COLUMNS.map((name) => `chat.${name}`).join(', ');

/** The row of a left join, whose columns are all null when there is none. */
export type JoinedRow = ChatRow | Record<keyof ChatRow, null>;

/** Picks the row's columns from those of a join; undefined when there is no row. */
export function rowOf(found: JoinedRow): ChatRow | undefined {
  if (found.msg_id === null) return undefined;
  return Object.fromEntries(PUBLIC_COLUMNS.map((name) => [name, found[name]])) as unknown as ChatRow;
}
