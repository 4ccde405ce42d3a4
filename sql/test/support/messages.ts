import type { Message } from '@chat/contract/testing';
import type pg from 'pg';

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

/**
 * Applies an event, retrying serialization failures, and returns the outcome of each message in
 * order.
 */
export async function apply(client: pg.Client, event: readonly Message[]): Promise<string[]> {
  for (;;) {
    try {
      return await applyOnce(client, event);
    } catch (error) {
      if ((error as pg.DatabaseError).code !== '40001') throw error;
    }
  }
}

/** The parameters of chat_apply: an array for each column. */
export const columnsOf = (event: readonly Message[]) => [
  event.map(({ kind }) => kind),
  event.map(({ id }) => id),
  event.map(({ clientId }) => clientId),
  event.map(({ timestamp }) => timestamp),
  event.map(({ username }) => username),
  event.map(({ content }) => content),
  event.map(({ targetId }) => targetId),
];

/** Applies an event as chat-writer does, which has a function of its own for a single insert. */
export async function applyOnce(client: pg.Client, event: readonly Message[]): Promise<string[]> {
  const [alone] = event;
  if (event.length === 1 && alone?.kind === 'insert') return [await insertAlone(client, alone)];
  const { rows } = await client.query<{ outcome: string }>({
    name: 'chat_apply',
    text: 'select outcome from public.chat_apply($1, $2, $3, $4, $5, $6, $7) order by message',
    values: columnsOf(event),
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
