import { startBroker, type Broker } from '@chat/broker';
import { Realtime, Rest, type RealtimeChannel } from 'ably';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { subscribeInPlaceOfRule } from '../src/ably/rule-stand-in.ts';

const key = 'app.key:secret';

/**
 * What a real Ably app may send and our broker rejects: written in other letters, of the same
 * length, and restored on the way to the stand-in.
 */
const RESTORED = [
  ['xcdiff', 'vcdiff'],
  ['"headers":', '"delta"  :'],
] as const;

async function startRelay(port: number, historyFailures: number): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const broker = connect(port, '127.0.0.1');
    for (const socket of [client, broker]) sockets.add(socket.on('error', () => undefined));
    client.on('data', (data) => {
      if (data.includes('GET /channels/') && historyFailures-- > 0) client.destroy();
      else broker.write(data);
    });
    client.on('close', () => broker.destroy());
    broker.on('data', (data: Buffer) => {
      for (const [written, restored] of RESTORED) {
        for (let at = data.indexOf(written); at >= 0; at = data.indexOf(written, at))
          data.write(restored, at);
      }
      client.write(data);
    });
    broker.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function start() {
  const broker = await startBroker({ keys: [key] });
  onTestFinished(() => broker.close());
  return subscribe(broker);
}

async function subscribe(broker: Broker, historyFailures = 0) {
  const endpoint = { key, endpoint: '127.0.0.1', tls: false };
  const delivered: { id: string; encoding?: string }[] = [];
  const lines: string[] = [];
  const standIn = await subscribeInPlaceOfRule({
    account: { ...endpoint, port: await startRelay(broker.port, historyFailures) },
    channel: 'out',
    deliver: ({ messages }) => Promise.resolve(void delivered.push(...(messages as typeof delivered))),
    log: (part, line) => lines.push(`${part}: ${line}`),
  });
  onTestFinished(() => standIn.close());
  const channel = new Rest({ ...endpoint, port: broker.port }).channels.get('out');
  const ids = () => [...new Set(delivered.map(({ id }) => id))].sort();
  return { broker, channel, delivered, lines, ids, standIn };
}

function prototypeOfChannels(): RealtimeChannel {
  const client = new Realtime({ key, autoConnect: false });
  return Object.getPrototypeOf(client.channels.get('any')) as RealtimeChannel;
}

test.for([
  ['the encoding vcdiff', { data: 'AAAA', encoding: 'xcdiff' }],
  ['an unknown base of a delta', { data: 'AAAA', extras: { headers: { from: 'nothing', format: 'x' } } }],
] as const)(
  'the rule’s stand-in: survives a message with %s, and delivers those around it',
  async ([, hostile]) => {
    const { channel, ids, lines } = await start();
    await channel.publish({ id: '1-before', data: 'x' });
    await vi.waitFor(() => expect(ids()).toEqual(['1-before']));
    await channel.publish({ id: '2-hostile', ...hostile });
    await channel.publish({ id: '3-behind', data: 'x' });
    await vi.waitFor(() => expect(ids()).toEqual(['1-before', '2-hostile', '3-behind']), 10_000);
    expect(lines.filter((line) => line.includes('lost its subscription'))).toHaveLength(1);

    await channel.publish({ id: '4-later', data: 'x' });
    await vi.waitFor(() => expect(ids()).toContain('4-later'), 10_000);
  },
);

test('the rule’s stand-in: passes on the steps that it could not undo, so that the function sees them', async () => {
  const { channel, delivered, ids } = await start();
  await channel.publish({ id: 'hostile', data: 'AAAA', encoding: 'xcdiff' });
  await vi.waitFor(() => expect(ids()).toEqual(['hostile']), 10_000);
  expect(delivered[0]).toMatchObject({ data: 'AAAA', encoding: 'vcdiff' });
});

test('the rule’s stand-in: stops attaching again when it is closed without a connection', async () => {
  const { broker, channel, lines, standIn } = await start();
  await channel.publish({ id: 'hostile', data: 'AAAA', encoding: 'xcdiff' });
  await vi.waitFor(() => expect(lines.join('\n')).toContain('lost its subscription'), 10_000);
  const attach = vi.spyOn(prototypeOfChannels(), 'attach');
  await broker.close();
  await vi.waitFor(() => expect(attach).toHaveBeenCalled(), 10_000);
  await standIn.close();
  await Promise.allSettled(attach.mock.results.map(({ value }) => value as Promise<unknown>));
  await new Promise((resolve) => setImmediate(resolve));
  expect(lines.filter((line) => line.includes('could not attach'))).toEqual([]);
});

test('the rule’s stand-in: reads history again after a failure, and loses no message in it', async () => {
  const broker = await startBroker({ keys: [key] });
  onTestFinished(() => broker.close());
  const rest = new Rest({ key, endpoint: '127.0.0.1', port: broker.port, tls: false });
  await rest.channels.get('out').publish({ id: 'earlier', data: 'x' });
  const { ids, lines } = await subscribe(broker, 1);
  await vi.waitFor(() => expect(ids()).toEqual(['earlier']), 10_000);
  expect(lines.filter((line) => line.includes('could not read'))).toHaveLength(1);
});
