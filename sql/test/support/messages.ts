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

export const insert = (id: string, more: Partial<Message> = {}): Message => ({
  kind: 'insert',
  id,
  clientId: 'ann',
  timestamp: 1,
  username: 'Ann',
  content: 'hi',
  ...more,
});
export const edit = (
  id: string,
  targetId: string,
  timestamp: number,
  content: string,
  clientId = 'ann',
): Message => ({
  kind: 'edit',
  id,
  clientId,
  timestamp,
  username: 'Ann the second',
  content,
  targetId,
});
export const remove = (id: string, targetId: string, clientId = 'ann'): Message => ({
  kind: 'delete',
  id,
  clientId,
  timestamp: 100,
  targetId,
});

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

/** As chat-writer does it: a lone insert has a function of its own. */
export async function applyOnce(client: pg.Client, event: readonly Message[]): Promise<string[]> {
  const [alone] = event;
  if (event.length === 1 && alone?.kind === 'insert') return [await insertAlone(client, alone)];
  const { rows } = await client.query<{ outcome: string }>({
    name: 'chat_apply',
    text: 'select outcome from public.chat_apply($1, $2, $3, $4, $5, $6, $7) order by message',
    values: [
      event.map(({ kind }) => kind),
      event.map(({ id }) => id),
      event.map(({ clientId }) => clientId),
      event.map(({ timestamp }) => timestamp),
      event.map(({ username }) => username),
      event.map(({ content }) => content),
      event.map(({ targetId }) => targetId),
    ],
  });
  return rows.map(({ outcome }) => outcome);
}

async function insertAlone(client: pg.Client, message: Message): Promise<string> {
  const { id, clientId, timestamp, username, content } = message;
  const { rows } = await client.query<{ outcome: string }>({
    name: 'chat_insert',
    text: 'select public.chat_insert($1, $2, $3, $4, $5) as outcome',
    values: [id, clientId, timestamp, username, content],
  });
  return rows[0]?.outcome ?? 'nothing';
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
     from public.chat_data where msg_id >= $1 and msg_id < $1 || '~'`,
    [prefix],
  );
  return new Map(rows.map(({ msg_id, shown }) => [msg_id, shown]));
}
