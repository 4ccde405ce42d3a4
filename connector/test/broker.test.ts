import { startBroker } from '@chat/broker';
import { RowChangeMessageSchema } from '@chat/contract';
import { Realtime, type InboundMessage } from 'ably';
import * as v from 'valibot';
import { expect, onTestFinished } from 'vitest';
import { KEY, rawConfig, runConnector } from './support/connector.ts';
import { idsOf, test } from './support/fixtures.ts';

test.beforeAll(({ postgres }) => void postgres);

test('subscriber: receives every row change once and in order with the official client, also earlier ones', async ({
  database,
  chat,
}) => {
  const broker = await startBroker({ keys: [KEY] });
  onTestFinished(() => broker.close());
  const { port } = broker;
  const client = new Realtime({ key: KEY, endpoint: '127.0.0.1', port, tls: false, logLevel: 0 });
  onTestFinished(() => client.close());
  await using _ = await runConnector(rawConfig(database, broker));
  await chat.insert(1, 60);

  const received: InboundMessage[] = [];
  const channel = client.channels.get('incoming-chat', { params: { rewind: '2m' } });
  await channel.subscribe((message) => received.push(message));
  await database.query(`update chat_data set msg_data = 'edited' where msg_id = 'm1'`);
  await database.query(`delete from chat_data where msg_id = 'm2'`);
  await expect.poll(() => received.length, { timeout: 10_000 }).toBe(62);

  const changes = received.map(({ data }) => v.parse(RowChangeMessageSchema, data));
  expect(received.every(({ data }) => typeof data === 'string')).toBe(true);
  expect(changes.slice(0, 60).map(({ row }) => row.msg_id)).toEqual(idsOf(1, 60));
  expect(changes.slice(60).map(({ type, row }) => [type, row.msg_id, row.msg_data])).toEqual([
    ['UPDATE', 'm1', 'edited'],
    ['DELETE', 'm2', 'text 2'],
  ]);
  expect(new Set(received.map(({ id }) => id)).size).toBe(62);
});
