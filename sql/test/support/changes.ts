import { MAX_CHANGES } from '@chat/contract';
import type pg from 'pg';

/** A moment in the order of commits, as the function chat_changes expects it. */
export interface Moment {
  snapshot: string;
  /** ms since the epoch. */
  ms: number;
}

/** The content and revision of each message by id; null for one that does not exist any more. */
export type States = Record<string, string | null>;

export interface Feed extends Moment {
  complete: boolean;
  states: States;
  /** The ids of `states`, sorted; `-` before that of a message that does not exist any more. */
  changes: string[];
}

const MOMENT = `pg_current_snapshot()::text as snapshot,
  floor(extract(epoch from clock_timestamp()) * 1000)::float8 as ms`;
const STATE = `chat.revision || ' ' || coalesce(chat.msg_data, '')`;

export async function readMoment(client: pg.Client): Promise<Moment> {
  const { rows } = await client.query(`select ${MOMENT}`);
  return rows[0];
}

/** Reads all messages, and the moment of this statement. */
export async function readTable(client: pg.Client): Promise<Moment & { states: States }> {
  const { rows } = await client.query(`select ${MOMENT},
    coalesce(jsonb_object_agg(msg_id, ${STATE}) filter (where msg_id is not null), '{}') as states
    from (select) as one left join public.chat_data as chat on true`);
  return rows[0];
}

/** Reads what changed since a moment, with the state of the messages in the same statement. */
export async function readFeed(
  client: pg.Client,
  { snapshot, ms }: Moment,
  most = MAX_CHANGES,
): Promise<Feed> {
  const { rows } = await client.query(
    `select ${MOMENT}, feed.complete, coalesce((
       select jsonb_object_agg(changed.msg_id, ${STATE})
       from unnest(feed.msg_ids) as changed (msg_id)
       left join public.chat_data as chat on chat.msg_id = changed.msg_id
     ), '{}') as states
     from public.chat_changes($1, $2, $3) as feed`,
    [snapshot, ms, most],
  );
  const [feed] = rows;
  const changes = Object.entries(feed.states as States).map(([id, state]) =>
    state === null ? `-${id}` : id,
  );
  return { ...feed, changes: changes.sort() };
}
