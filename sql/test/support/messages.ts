import type pg from 'pg';

/** A message as chat_apply takes it. */
export interface Message {
  kind: 'insert' | 'edit' | 'delete';
  id: string;
  clientId: string;
  timestamp: number;
  username?: string;
  content?: string;
  targetId?: string;
}

/** Applies one event, again after a serialization failure; answers the outcome of each message in order. */
export async function apply(client: pg.Client, event: readonly Message[]): Promise<string[]> {
  for (;;) {
    try {
      return await applyOnce(client, event);
    } catch (error) {
      if ((error as pg.DatabaseError).code !== '40001') throw error;
    }
  }
}

export async function applyOnce(client: pg.Client, event: readonly Message[]): Promise<string[]> {
  const { rows } = await client.query<{ outcome: string }>(
    'select outcome from public.chat_apply($1, $2, $3, $4, $5, $6, $7) order by message',
    [
      event.map(({ kind }) => kind),
      event.map(({ id }) => id),
      event.map(({ clientId }) => clientId),
      event.map(({ timestamp }) => timestamp),
      event.map(({ username }) => username),
      event.map(({ content }) => content),
      event.map(({ targetId }) => targetId),
    ],
  );
  return rows.map(({ outcome }) => outcome);
}

/** What readers see of a message in the end; revision and record id tell of the way, which may differ. */
export interface Shown {
  client_id: string;
  username: string;
  msg_data: string;
  is_edited: boolean;
  created_at_timestamp: number;
  edited_at_timestamp: number | null;
}

/** The promise to hold the database to: every message published counts once, in the order of publishing. */
export function publishedInOrder(messages: readonly Message[]): Map<string, Shown> {
  const shown = new Map<string, Shown>();
  const inOrder = [...messages].sort(
    (a, b) =>
      a.timestamp - b.timestamp ||
      Number(a.kind !== 'insert') - Number(b.kind !== 'insert') ||
      (a.id < b.id ? -1 : 1),
  );
  for (const message of inOrder) {
    if (message.kind === 'insert') {
      shown.set(message.id, {
        client_id: message.clientId,
        username: message.username ?? '',
        msg_data: message.content ?? '',
        is_edited: false,
        created_at_timestamp: message.timestamp,
        edited_at_timestamp: null,
      });
      continue;
    }
    const targetId = message.targetId ?? '';
    const target = shown.get(targetId);
    if (target?.client_id !== message.clientId) continue;
    if (message.kind === 'delete') {
      shown.delete(targetId);
    } else {
      shown.set(targetId, {
        ...target,
        msg_data: message.content ?? '',
        is_edited: true,
        edited_at_timestamp: message.timestamp,
      });
    }
  }
  return shown;
}

/** What the database shows of the messages whose id begins with `prefix`. */
export async function readShown(client: pg.Client, prefix: string): Promise<Map<string, Shown>> {
  const { rows } = await client.query<{ msg_id: string; shown: Shown }>(
    `select msg_id, jsonb_build_object('client_id', client_id, 'username', username, 'msg_data', msg_data, 'is_edited', is_edited,
       'created_at_timestamp', created_at_timestamp, 'edited_at_timestamp', edited_at_timestamp) as shown
     from public.chat_data where starts_with(msg_id, $1)`,
    [prefix],
  );
  return new Map(rows.map(({ msg_id, shown }) => [msg_id, shown]));
}
