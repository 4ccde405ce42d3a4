import { MAX_CHANGES, toJson } from '@chat/contract';
import type { ChangesCursor, ChangesQuery, ChatChange, ChatChanges } from '@chat/contract';
import { PUBLIC_COLUMNS_OF_CHAT, rowOf, type JoinedRow } from './chat-rows.ts';
import type { Database } from './database/database.ts';
import { cursorOf, MOMENT } from './moment.ts';

const NO_CHANGES = `select ${MOMENT}`;

/**
 * One statement, so that cursor, ids and rows are of the same moment. Without changes it returns
 * one row, without an id. sql/functions/changes.sql finds the ids; a changed id without a row was
 * deleted.
 */
export const CHANGES = `select ${MOMENT}, feed.complete, changed.msg_id as changed_id,
    ${PUBLIC_COLUMNS_OF_CHAT}
  from public.chat_changes($1, $2, ${MAX_CHANGES}) as feed
  left join unnest(feed.msg_ids) as changed (msg_id) on true
  left join public.chat_data as chat on chat.msg_id = changed.msg_id`;

/**
 * In bytes. Rows that other programs write have no limit, but an answer of Lambda or Netlify has one
 * of 6 MB.
 */
const MAX_BYTES = 3_000_000;

type Found = ChangesCursor & { complete: boolean; changed_id: string | null } & JoinedRow;

/** Returns what changed since a cursor; without one, the present cursor alone. */
export async function readChanges(database: Database, { since }: ChangesQuery): Promise<ChatChanges> {
  if (!since) {
    const found = await database.query<ChangesCursor>('no-changes', NO_CHANGES, []);
    return { changes: [], cursor: cursorOf(found), complete: true };
  }
  const found = await database.query<Found>('changes', CHANGES, [since.snapshot, since.ms]);
  const cursor = cursorOf(found);
  const changes = found.flatMap((each) => toChange(each, since.ms));
  const fits = Buffer.byteLength(toJson(changes)) <= MAX_BYTES;
  return found[0]?.complete && fits
    ? { changes, cursor, complete: true }
    : { changes: [], cursor, complete: false };
}

function toChange(found: Found, since: number): ChatChange[] {
  const { changed_id: msg_id } = found;
  if (msg_id === null) return [];
  const row = rowOf(found);
  if (!row) return [{ kind: 'delete', msg_id }];
  const isNew = row.revision === 1 || row.created_at_timestamp >= since;
  return [{ kind: isNew ? 'insert' : 'edit', msg_id, row }];
}
