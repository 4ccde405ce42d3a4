import type pg from 'pg';

export interface Version {
  revision: number;
  content: string | null;
  /** ms since the epoch. */
  at: number;
  source: 'chat' | 'database';
}

/** A message as chat_history_at shows it. */
export interface Past {
  msg_id: string;
  msg_data: string | null;
  revision: number;
  is_edited: boolean;
  is_deleted: boolean;
}

/** Oldest first. */
export async function versionsOf(client: pg.Client, id: string, most = 200): Promise<Version[]> {
  const { rows } = await client.query(
    'select revision, content, at::float8, source from public.chat_message_versions($1, $2)',
    [id, most],
  );
  return rows;
}

const LAST = '9223372036854775807';

/** Newest first. */
export async function pastAt(
  client: pg.Client,
  at: number | string,
  { before = [LAST, LAST], most = 1_000 }: { before?: readonly [string, string]; most?: number } = {},
): Promise<Past[]> {
  const { rows } = await client.query('select * from public.chat_history_at($1, $2, $3, $4)', [
    at,
    ...before,
    most,
  ]);
  return rows;
}

/** The texts that a search finds, newest message first. */
export async function search(
  client: pg.Client,
  words: string,
  { before = [LAST, LAST], most = 20 }: { before?: readonly [string, string]; most?: number } = {},
): Promise<string[]> {
  const { rows } = await client.query('select * from public.chat_search($1, $2, $3, $4)', [
    words,
    ...before,
    most,
  ]);
  return rows.map(({ msg_id, revision, content }) => `${msg_id} v${revision}: ${content}`);
}

/** The database's clock, ms. */
export async function now(client: pg.Client): Promise<number> {
  const { rows } = await client.query('select extract(epoch from clock_timestamp()) * 1000 as ms');
  return Math.floor(Number(rows[0].ms));
}
