import type { ChatChanges, ChatRow, HistoryPage, RowChange } from '@chat/contract';
import { formatChangesCursor } from '@chat/contract';
import pg from 'pg';

/** A message as chat-writer passes it to the write rules. */
export interface Change {
  kind: 'insert' | 'edit' | 'delete';
  id: string;
  clientId: string;
  /** ms */
  timestamp: number;
  content?: string;
  targetId?: string;
}

const APPLY = 'select outcome from public.chat_apply($1, $2, $3, $4, $5, $6, $7) order by message';
const MOMENT = `select pg_current_snapshot()::text as snapshot,
  (extract(epoch from clock_timestamp()) * 1000)::bigint::text as ms`;
const ROW = `to_jsonb(chat) - 'changed_in' as row`;

const CAPTURE = ['insert', 'update', 'delete'].map((operation) => {
  const rows = { insert: 'new table as new_rows', delete: 'old table as old_rows' }[operation];
  return `create trigger capture_${operation} after ${operation} on public.chat_data
    referencing ${rows ?? 'old table as old_rows new table as new_rows'} for each statement
    execute function public.outbox_capture_${operation}('chat_data', 'incoming-chat')`;
});

export type ChatDatabase = Awaited<ReturnType<typeof openChat>>;

/** The write rules in a migrated database, its row changes, and what chat-history reads there. */
export async function openChat(url: string) {
  const client = new pg.Client(url);
  await client.connect();
  for (const trigger of CAPTURE) await client.query(trigger);

  const cursor = async () => {
    const { rows } = await client.query<{ ms: string; snapshot: string }>(MOMENT);
    return formatChangesCursor({ ms: Number(rows[0]?.ms), snapshot: rows[0]?.snapshot ?? '' });
  };
  const readRows = async (condition = 'true', values: unknown[] = []): Promise<ChatRow[]> => {
    const { rows } = await client.query<{ row: ChatRow }>(
      `select ${ROW} from public.chat_data as chat where ${condition}
       order by created_at_timestamp desc, incremental_record_id desc`,
      values,
    );
    return rows.map(({ row }) => row);
  };

  return {
    /** Applies one event. Returns the outcome of each change. */
    async apply(event: readonly Change[]): Promise<string[]> {
      const { rows } = await client.query<{ outcome: string }>(APPLY, [
        event.map(({ kind }) => kind),
        event.map(({ id }) => id),
        event.map(({ clientId }) => clientId),
        event.map(({ timestamp }) => timestamp),
        event.map(({ clientId }) => clientId),
        event.map(({ content }) => content),
        event.map(({ targetId }) => targetId),
      ]);
      return rows.map(({ outcome }) => outcome);
    },
    /** Changes a message by SQL, as any program may. Returns whether it was there. */
    async setText(msgId: string, text: string): Promise<boolean> {
      const sql = 'update public.chat_data set msg_data = $2 where msg_id = $1';
      return (await client.query(sql, [msgId, text])).rowCount === 1;
    },
    async remove(msgId: string): Promise<boolean> {
      return (await client.query('delete from public.chat_data where msg_id = $1', [msgId])).rowCount === 1;
    },
    /** Removes and returns the captured row changes, in the order of their commits. */
    async drain(): Promise<RowChange[]> {
      const { rows } = await client.query<{ data: RowChange }>(
        `with drained as (delete from outbox returning sequence_id, data)
         select data from drained order by sequence_id`,
      );
      return rows.map(({ data }) => data);
    },
    readRows,
    /** The whole chat in one page. */
    async history(): Promise<HistoryPage> {
      const moment = await cursor();
      return { rows: await readRows(), next: null, cursor: moment };
    },
    async changes(since: string): Promise<ChatChanges> {
      const [ms, snapshot] = since.split('~');
      const moment = await cursor();
      const { rows } = await client.query<{ complete: boolean; msg_ids: string[] }>(
        'select complete, msg_ids from public.chat_changes($1, $2, 200)',
        [snapshot, ms],
      );
      if (!rows[0]?.complete) return { changes: [], cursor: moment, complete: false };
      const ids = rows[0].msg_ids;
      const found = new Map((await readRows('msg_id = any ($1)', [ids])).map((row) => [row.msg_id, row]));
      const changes = ids.map((msg_id) => {
        const row = found.get(msg_id);
        return row ? { kind: 'edit' as const, msg_id, row } : { kind: 'delete' as const, msg_id };
      });
      return { changes, cursor: moment, complete: true };
    },
    empty: () =>
      client.query('truncate chat_data, outbox, chat_private.deleted_messages, chat_private.newest_edits'),
    close: () => client.end(),
  };
}
