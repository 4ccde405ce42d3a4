import * as Ably from 'ably';
import { describe, expect } from 'vitest';
import { planNamed } from '../src/index.ts';
import { Clock } from './support/clock.ts';
import { clientOptions, KEY, rejection, restClient, until } from './support/helpers.ts';
import { test as brokerTest } from './support/test.ts';

const none = planNamed('none');

const test = brokerTest.extend('clock', () => new Clock());

const failed = async ({ connection }: Ably.Realtime): Promise<Ably.ErrorInfo> => {
  await connection.whenState('failed');
  return connection.errorReason;
};

describe('an account under a plan', () => {
  test('refuses connections beyond its number until one closes', async ({ startBroker, realtimeClient }) => {
    const broker = await startBroker({ plan: { ...none, connections: 2 } });
    const clients = [realtimeClient(broker), realtimeClient(broker)];
    await Promise.all(clients.map(({ connection }) => connection.whenState('connected')));
    expect(await failed(realtimeClient(broker))).toMatchObject({ code: 40111, statusCode: 403 });
    clients[0]?.close();
    await clients[0]?.connection.whenState('closed');
    await until(async () => {
      const another = realtimeClient(broker);
      await Promise.race([another.connection.whenState('connected'), another.connection.whenState('failed')]);
      return another.connection.state === 'connected';
    });
  });

  test('refuses new connections beyond its rate, but none that are resumed', async ({
    startBroker,
    realtimeClient,
    relayTo,
    clock,
  }) => {
    const broker = await startBroker({ plan: { ...none, newConnections: 2 }, timing: { now: clock.now } });
    const relay = await relayTo(broker);
    const clients = [realtimeClient(relay), realtimeClient(relay)];
    await Promise.all(clients.map(({ connection }) => connection.whenState('connected')));
    expect(await failed(realtimeClient(broker))).toMatchObject({ code: 80021, statusCode: 429 });
    const ids = clients.map(({ connection }) => connection.id);
    const interrupted = clients.map(({ connection }) => connection.whenState('disconnected'));
    relay.cut();
    await Promise.all(interrupted);
    await Promise.all(clients.map(({ connection }) => connection.whenState('connected')));
    expect(clients.map(({ connection }) => connection.id)).toEqual(ids);
    clock.advance(1_000);
    await realtimeClient(broker).connection.whenState('connected');
  });

  test('refuses channels beyond its number while they are attached', async ({
    startBroker,
    realtimeClient,
  }) => {
    const broker = await startBroker({ plan: { ...none, channels: 2 } });
    const client = realtimeClient(broker);
    for (const name of ['a', 'b']) await client.channels.get(name).attach();
    await realtimeClient(broker).channels.get('a').attach();
    expect(await rejection(client.channels.get('c').attach())).toMatchObject({
      code: 40114,
      statusCode: 403,
    });
    await client.channels.get('b').detach();
    await client.channels.get('c').attach();
  });

  test('refuses the 201st channel of a connection and the 201st presence member of a channel', async ({
    startBroker,
    realtimeClient,
  }) => {
    const plan = { ...none, channelsPerConnection: 3, presenceMembers: 2 };
    const broker = await startBroker({ plan });
    expect(planNamed('free')).toMatchObject({ channelsPerConnection: 200, presenceMembers: 200 });
    const client = realtimeClient(broker);
    const [room] = ['a', 'b', 'c'].map((name) => client.channels.get(name)) as [Ably.RealtimeChannel];
    for (const name of ['a', 'b', 'c']) await client.channels.get(name).attach();
    expect(await rejection(client.channels.get('d').attach())).toMatchObject({
      code: 90010,
      statusCode: 400,
    });
    for (const name of ['ann', 'bob']) await room.presence.enterClient(name);
    expect(await rejection(room.presence.enterClient('cem'))).toMatchObject({ code: 91003, statusCode: 400 });
    await room.presence.updateClient('ann', 'away');
  });

  test('rejects a proportion of what exceeds its messages per second, in and out', async ({
    startBroker,
    realtimeClient,
    clock,
  }) => {
    const broker = await startBroker({ plan: { ...none, accountMessages: 100 }, timing: { now: clock.now } });
    const readers = Array.from({ length: 9 }, () => realtimeClient(broker));
    await Promise.all(readers.map(({ channels }) => channels.get('room').attach()));
    const publisher = realtimeClient(broker).channels.get('room');
    // Each publish counts ten times: once in, and out to nine subscribers.
    const publish = (count: number) =>
      Promise.allSettled(Array.from({ length: count }, (_, n) => publisher.publish(`${n}`, 'text')));
    const first = await publish(10);
    expect(first.filter(({ status }) => status === 'rejected')).toEqual([]);
    const codes = (await publish(40)).flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as Ably.ErrorInfo).code] : [],
    );
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.length).toBeLessThan(40); // some still pass
    expect(new Set(codes)).toEqual(new Set([42917]));
    clock.advance(2_000);
    await publisher.publish('later', 'text');
  });

  test('is blocked once the messages of the month are used up', async ({
    startBroker,
    realtimeClient,
    clock,
  }) => {
    const plan = { ...none, monthlyMessages: 4, requests: 1_000 };
    const broker = await startBroker({ plan, timing: { now: clock.now } });
    const client = realtimeClient(broker);
    const channel = client.channels.get('room');
    await channel.attach();
    for (const name of ['a', 'b']) await channel.publish(name, 'text');
    const blocked = { code: 40112, statusCode: 401 };
    expect(await rejection(channel.publish('c', 'text'))).toMatchObject(blocked);
    expect(await failed(realtimeClient(broker))).toMatchObject(blocked);
    expect(await rejection(restClient(broker).channels.get('room').history())).toMatchObject(blocked);
    clock.advance(32 * 24 * 3_600_000);
    await channel.publish('next month', 'text');
  });

  test('rejects a proportion of what exceeds its requests, and counts token requests apart', async ({
    startBroker,
    clock,
  }) => {
    const plan = { ...none, requests: 5, tokenRequests: 5 };
    const broker = await startBroker({ plan, timing: { now: clock.now } });
    const [first] = await Promise.all([
      restClient(broker).auth.requestToken(),
      ...Array.from({ length: 5 }, () => restClient(broker).time()),
    ]);
    expect(first.token).toBeTruthy();
    const codesOf = async (request: () => Promise<unknown>) => {
      const results = await Promise.allSettled(Array.from({ length: 30 }, request));
      return results.flatMap((result) =>
        result.status === 'rejected' ? [(result.reason as Ably.ErrorInfo).code] : [],
      );
    };
    const history = await codesOf(() => restClient(broker).channels.get('room').history());
    const tokens = await codesOf(() =>
      new Ably.Rest({ ...clientOptions(broker), key: KEY }).auth.requestToken(),
    );
    for (const codes of [history, tokens]) {
      expect(codes.length).toBeGreaterThan(5);
      expect(new Set(codes)).toEqual(new Set([42918]));
    }
    clock.advance(2_000);
    await restClient(broker).channels.get('room').history();
  });
});
