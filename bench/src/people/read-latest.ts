import { ChatRowSchema, parseJson, type RowChange } from '@chat/contract';
import type pg from 'pg';
import * as v from 'valibot';

/** More than a reading writes. */
const MOST = 5_000;

/** Reads the newest messages, as the page does through chat-history, which no plan limits. */
export async function readLatest(pool: pg.Pool): Promise<Pick<RowChange, 'type' | 'row'>[]> {
  const { rows } = await pool.query<{ row: string }>(
    `select (to_jsonb(chat) - 'changed_in')::text as row from chat_data as chat
     order by created_at_timestamp desc limit ${MOST}`,
  );
  return rows.map(({ row }) => ({ type: 'UPDATE', row: v.parse(ChatRowSchema, parseJson(row)) }));
}
