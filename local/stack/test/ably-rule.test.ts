import type { AblyEnvelope } from '@chat/contract';
import { startBroker } from '@chat/broker';
import { silent } from '@chat/processes';
import { Rest } from 'ably';
import { expect, onTestFinished, test, vi } from 'vitest';
import { subscribeInPlaceOfRule } from '../src/ably/rule-stand-in.ts';
import { invokeFunction } from '../src/ably/rule.ts';
import { startProbe } from './support.ts';

const key = 'app.key:secret';

test('the rule’s stand-in: delivers the same messages as the rule of a real Ably app', async () => {
  const fromRule: AblyEnvelope[] = [];
  const fromStandIn: AblyEnvelope[] = [];
  const into = (list: AblyEnvelope[]) => (envelope: AblyEnvelope) =>
    Promise.resolve(void list.push(envelope));
  const broker = await startBroker({
    keys: [key],
    rules: [{ channelFilter: '^out$', deliver: into(fromRule) }],
  });
  onTestFinished(() => broker.close());
  const account = { key, endpoint: '127.0.0.1', port: broker.port, tls: false };
  const client = new Rest({ ...account, clientId: 'ada' });
  const channel = client.channels.get('out');
  await channel.publish({ id: 'early', name: 'chatMsg', data: { content: 'before the start' } });

  const standIn = await subscribeInPlaceOfRule({
    account,
    channel: 'out',
    deliver: into(fromStandIn),
    log: silent,
  });
  onTestFinished(() => standIn.close());
  await channel.publish({ id: 'object', name: 'chatMsg', data: { content: 'hi' } });
  await channel.publish({ id: 'text', name: 'chatMsg', data: 'plain' });
  await channel.publish({ id: 'bytes', name: 'chatMsg', data: Buffer.from([1, 2, 255]) });
  await channel.publish({ id: 'nothing', name: 'chatMsg' });

  await vi.waitFor(() => expect(fromStandIn).toHaveLength(5), 5_000);
  const messages = (envelopes: AblyEnvelope[]) => envelopes.flatMap((envelope) => envelope.messages);
  expect(messages(fromStandIn)).toEqual(messages(fromRule));
  expect(fromStandIn[0]).toMatchObject({ source: 'channel.message', channel: 'out', appId: 'app' });
});

test('the rule’s stand-in: reports a rejected key with what to check', async () => {
  const broker = await startBroker({ keys: [key] });
  onTestFinished(() => broker.close());
  const account = { key: 'app.key:wrong', endpoint: '127.0.0.1', port: broker.port, tls: false };
  await expect(
    subscribeInPlaceOfRule({ account, channel: 'out', deliver: () => Promise.resolve(), log: silent }),
  ).rejects.toThrow(/Could not subscribe to "out".*ABLY_API_KEY may subscribe/);
});

test('invokeFunction: rejects when the host does not accept the event', async () => {
  const { host } = await startProbe('export const handler = async () => undefined;');
  const deliver = invokeFunction(host, 'chat-writer');
  await expect(deliver({ source: 'channel.message', channel: 'out', messages: [{}] })).rejects.toThrow(
    'Function "chat-writer" does not exist or accepts no more events',
  );
});
