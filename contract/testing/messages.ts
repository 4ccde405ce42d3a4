/** A published message, in the terms of the write rules. */
export interface Message {
  kind: 'insert' | 'edit' | 'delete';
  id: string;
  clientId: string;
  /** ms */
  timestamp: number;
  username?: string;
  content?: string;
  targetId?: string;
}

/**
 * What readers see of a message. Revision and record id are missing: they depend on the delivery.
 */
export interface Shown {
  client_id: string;
  username: string;
  msg_data: string;
  is_edited: boolean;
  created_at_timestamp: number;
  edited_at_timestamp: number | null;
}

/** Returns the state that the write rules promise: every message applied once, in publish order. */
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

/** A connection of `pg`, of which this package needs no more. */
interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: { msg_id: string; shown: Shown }[] }>;
}

/** Reads the messages whose id begins with `prefix` from `chat_data`. */
export async function readShown(client: Queryable, prefix: string): Promise<Map<string, Shown>> {
  const { rows } = await client.query(
    `select msg_id, jsonb_build_object(
       'client_id', client_id, 'username', username, 'msg_data', msg_data, 'is_edited', is_edited,
       'created_at_timestamp', created_at_timestamp, 'edited_at_timestamp', edited_at_timestamp
     ) as shown
     from public.chat_data where msg_id >= $1 and msg_id < $1 || '~'`,
    [prefix],
  );
  return new Map(rows.map(({ msg_id, shown }) => [msg_id, shown]));
}
