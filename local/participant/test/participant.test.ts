import {
  ChatRowSchema,
  EnvelopedMessageSchema,
  INCOMING_CHANNEL,
  OUTGOING_CHANNEL,
  type AblyEnvelope,
  type ChatRow,
} from '@chat/contract';
import { startBroker } from '@chat/broker';
import * as Ably from 'ably';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { joinChat } from '../src/participant.ts';

const KEY = 'app1.key1:not-a-secret';

interface Delivered {
  ablyId: string;
  name: string;
  data: { id: string; content: string; msgIdToEdit?: string; madeAt?: number };
}

/** A participant, and what the rule of its broker delivers: `answer` decides what becomes of it. */
async function join(answer: (message: Delivered) => Partial<ChatRow> | undefined) {
  const delivered: Delivered[] = [];
  const missed: ChatRow[] = [];
  const broker = await startBroker({
    keys: [KEY],
    rules: [
      {
        channelFilter: `^${OUTGOING_CHANNEL}$`,
        async deliver({ messages }: AblyEnvelope) {
          const { id, name = '', data } = v.parse(EnvelopedMessageSchema, messages[0]);
          const message = { ablyId: id, name, data: JSON.parse(String(data)) };
          delivered.push(message);
          const row = answer(message);
          if (!row) return;
          await connector.publish(
            'row',
            JSON.stringify({ table: 'chat_data', type: 'UPDATE', row: rowOf(row) }),
          );
        },
      },
    ],
  });
  onTestFinished(() => broker.close());
  const options = { key: KEY, endpoint: '127.0.0.1', port: broker.port, tls: false, logLevel: 0 };
  const connector = new Ably.Rest(options).channels.get(INCOMING_CHANNEL);
  const client = new Ably.Realtime({ ...options, clientId: 'ann' });
  onTestFinished(() => client.close());
  const participant = await joinChat({
    client,
    username: 'Ann',
    catchUp: async () => missed.map((row) => ({ type: 'UPDATE', row })),
    firstWait: 50,
    longestWait: 200,
  });
  return { participant, delivered, missed };
}

const rowOf = (row: Partial<ChatRow>): ChatRow =>
  v.parse(ChatRowSchema, {
    ...{ username: 'Ann', msg_id: 'm', msg_data: '', client_id: 'ann', incremental_record_id: 1 },
    ...{ created_at_timestamp: 1, is_edited: false, revision: 1, edited_at_timestamp: null },
    ...row,
  });

test('publishes a message again under another Ably id until its row comes', async () => {
  let arrivals = 0;
  const { participant, delivered } = await join(({ data }) =>
    (arrivals += 1) < 3 ? undefined : { msg_id: data.id, msg_data: data.content },
  );
  expect(await participant.send('hello', 'm1')).toBe('m1');
  expect(delivered.slice(0, 3).map(({ ablyId }) => ablyId)).toEqual(['m1', 'm1~2', 'm1~3']);
  expect(new Set(delivered.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  expect(participant.repeats).toBeGreaterThanOrEqual(2);
});

test('does not publish again what it finds when it catches up', async () => {
  const { participant, delivered, missed } = await join(({ data }) => {
    missed.push(rowOf({ msg_id: data.id }));
    return undefined;
  });
  await participant.send('hello');
  expect(delivered.length).toBe(1);
  expect(participant.repeats).toBe(0);
});

test('gives edits increasing times, and ends an older edit when a later one is made', async () => {
  const { participant, delivered } = await join(({ data }) =>
    data.content === 'second' ? { msg_data: 'second', revision: 2 } : undefined,
  );
  await Promise.all([participant.edit('m', 'first'), participant.edit('m', 'second')]);
  const [first, second] = delivered;
  expect(first?.data.madeAt).toBeLessThan(second?.data.madeAt ?? 0);
  expect(delivered.filter(({ data }) => data.content === 'first').length).toBe(1);
});
