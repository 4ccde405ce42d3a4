import { describe, expect } from 'vitest';
import { Action } from '../src/protocol/actions.ts';
import { collect, rejection, restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

interface Metrics {
  connections: number;
  presenceMembers: number;
}

describe('a channel attached with the param occupancy', () => {
  test.for([
    ['as a channel option', 'room', { params: { occupancy: 'metrics' } }],
    ['in the qualifier', '[?occupancy=metrics]room', {}],
  ] as const)(
    '%s receives the metrics at once, and when they change',
    async ([, name, options], { broker, realtimeClient }) => {
      const watched = await collect(realtimeClient(broker).channels.get(name, options));
      await until(() => watched.length === 1);
      expect(watched[0]?.name).toBe('[meta]occupancy');
      expect([watched[0]?.clientId, watched[0]?.connectionId]).toEqual([undefined, undefined]);
      expect(watched[0]?.data).toEqual({
        metrics: {
          connections: 1,
          publishers: 1,
          subscribers: 1,
          presenceConnections: 1,
          presenceMembers: 0,
          presenceSubscribers: 1,
          objectPublishers: 0,
          objectSubscribers: 0,
        },
      });
      const latest = () => (watched.at(-1)?.data as { metrics: Metrics }).metrics;

      const ann = realtimeClient(broker, { clientId: 'ann' });
      await ann.channels.get('room').presence.enter();
      await until(() => latest().presenceMembers === 1);
      expect(latest().connections).toBe(2);
      const { status } = await restClient(broker).channels.get('room').status();
      expect(status.occupancy.metrics).toEqual(latest());
      ann.close();
      await until(() => latest().connections === 1);
      expect(latest().presenceMembers).toBe(0);
    },
  );

  test('receives one message for many changes, beside the messages of the channel', async ({
    broker,
    connect,
    realtimeClient,
  }) => {
    const watched = await collect(
      realtimeClient(broker).channels.get('[?occupancy=metrics.connections]room'),
    );
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(broker)));
    await Promise.all(clients.map(({ client }) => client.attach('room')));
    await until(() => watched.length === 2);
    expect(watched.map(({ data }) => data as object)).toEqual([
      { metrics: { connections: 1 } },
      { metrics: { connections: 21 } },
    ]);
    await restClient(broker).channels.get('room').publish('chat', 'hi');
    await until(() => watched.some(({ name }) => name === 'chat'));
    const [other] = clients;
    await other?.client.settled();
    expect(other?.client.received.filter(({ action }) => action === Action.MESSAGE)).toHaveLength(1);
  });

  test('is not attached with a param that names no metrics', async ({ broker, realtimeClient }) => {
    const channel = realtimeClient(broker).channels.get('room', { params: { occupancy: 'all' } });
    expect(await rejection(channel.attach())).toMatchObject({ code: 40000 });
  });

  test('stops receiving them when it is attached again without the param', async ({ broker, connect }) => {
    const { client } = await connect(broker);
    await client.attach('room', { params: { occupancy: 'metrics' } });
    await client.next(Action.MESSAGE);
    await client.attach('room');
    const { client: another } = await connect(broker);
    await another.attach('[?occupancy=metrics]room');
    await another.next(Action.MESSAGE);
    const { client: third } = await connect(broker);
    await third.attach('room');
    await another.next(Action.MESSAGE, (frame) => frame.messages[0].data.includes('"connections":3'));
    await client.settled();
    expect(client.received.filter(({ action }) => action === Action.MESSAGE)).toEqual([]);
  });
});
