import { INCOMING_CHANNEL, OUTGOING_CHANNEL } from '@chat/contract';
import { Realtime } from 'ably';
import * as v from 'valibot';
import { USERNAME, type ChatClient } from './client.ts';

const RowChange = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ type: v.string(), row: v.object({ msg_data: v.string() }) }),
);

/** Joins like a tab: publishes to one channel and receives row changes on the other. */
export async function joinByAbly(
  account: { endpoint: string; port: number; key: string },
  onMessage: (text: string) => void,
): Promise<ChatClient> {
  const { endpoint, port, key } = account;
  const client = new Realtime({ endpoint, port, key, tls: false, clientId: 'bench' });
  await client.channels.get(INCOMING_CHANNEL).subscribe(({ data }) => {
    const { type, row } = v.parse(RowChange, data);
    if (type === 'INSERT') onMessage(row.msg_data);
  });
  const outgoing = client.channels.get(OUTGOING_CHANNEL);
  return {
    async publish(id, content) {
      await outgoing.publish({ id, name: 'chatMsg', data: { username: USERNAME, content } });
    },
    close: () => client.close(),
  };
}
