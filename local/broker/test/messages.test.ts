import type * as Ably from 'ably';
import { describe, expect } from 'vitest';
import { Action } from '../src/protocol/actions.ts';
import { collect, FORMATS, rejection, requestToken, restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

/** A message action on the wire: create is 0. */
const MESSAGE_UPDATE = 1;

describe('a publish', () => {
  test.for(FORMATS)(
    'delivers every kind of data to subscribers of both formats (%s publisher)',
    async (format, { broker, realtimeClient }) => {
      const name = 'room';
      const received = await Promise.all(
        FORMATS.map((reader) => collect(realtimeClient(broker, {}, reader).channels.get(name))),
      );
      const data = [
        'text',
        '',
        { deep: { list: [1, 'ü'] } },
        ['array'],
        Buffer.from([0, 255, 128]),
        undefined,
      ];
      const publisher = realtimeClient(broker, { clientId: 'ann' }, format).channels.get(name);
      for (const each of data) await publisher.publish('event', each);
      await until(() => received.every((messages) => messages.length === data.length));
      for (const messages of received) {
        const seen = messages.map((message) =>
          message.data instanceof Uint8Array ? Buffer.from(message.data) : (message.data as unknown),
        );
        expect(seen).toEqual(data);
        expect(new Set(messages.map(({ clientId }) => clientId))).toEqual(new Set(['ann']));
      }
    },
  );

  test.for(FORMATS)(
    'is acknowledged with the increasing serials of its messages (%s)',
    async (format, { broker, realtimeClient }) => {
      const channel = realtimeClient(broker, {}, format).channels.get('room');
      const messages = await collect(channel);
      const results = await Promise.all([
        channel.publish('a', 1 + ''),
        channel.publish([{ name: 'b' }, { name: 'c' }]),
      ]);
      const serials = results.flatMap((result) => result.serials);
      await until(() => messages.length === 3);
      expect(serials).toEqual(messages.map(({ serial }) => serial));
      expect(serials).toEqual(serials.toSorted());
      expect(new Set(serials).size).toBe(3);
    },
  );

  test('reaches all subscribers in one order', async ({ broker, realtimeClient }) => {
    const clients = Array.from({ length: 4 }, () => realtimeClient(broker).channels.get('room'));
    const received = await Promise.all(clients.map(collect));
    await Promise.all(
      clients.flatMap((channel) => Array.from({ length: 25 }, (_, n) => channel.publish(`${n}`, undefined))),
    );
    await until(() => received.every((messages) => messages.length === 100));
    const orders = received.map((messages) => messages.map(({ id }) => id));
    for (const order of orders) expect(order).toEqual(orders[0]);
  });

  test('needs no attachment and carries extras', async ({ broker, realtimeClient }) => {
    const messages = await collect(realtimeClient(broker).channels.get('room'));
    await realtimeClient(broker)
      .channels.get('room')
      .publish({ name: 'x', extras: { headers: { a: 'b', c: null } } });
    await until(() => messages.length === 1);
    expect(messages[0]?.extras).toEqual({ headers: { a: 'b', c: null } });
  });

  test('is not delivered to its own connection when echo is off', async ({ broker, realtimeClient }) => {
    const quiet = realtimeClient(broker, { echoMessages: false }).channels.get('room');
    const messages = await collect(quiet);
    await quiet.publish('mine', undefined);
    await realtimeClient(broker).channels.get('room').publish('theirs', undefined);
    await until(() => messages.length > 0);
    expect(messages.map(({ name }) => name)).toEqual(['theirs']);
  });

  test.for([
    ['data of an unsupported type', { data: 7 }, 40013],
    ['broken base64', { data: '?', encoding: 'base64' }, 40013],
    ['unknown extras', { extras: { nonsense: 1 } }, 40032],
    ['a message that is not an object', 'text', 40000],
    ['a name that is not a string', { name: 5 }, 40000],
    ['a foreign clientId', { clientId: 'bob' }, 40012],
    ['a wildcard clientId', { clientId: '*' }, 40012],
    ['too much data', { data: 'x'.repeat(65_537) }, 40009],
    ['too long an encoding', { data: 'x', encoding: 'x/'.repeat(32_768) }, 40009],
    ['too much in extras', { extras: { headers: { a: 'x'.repeat(65_536) } } }, 40009],
    ['a delta', { data: 'AAAA', encoding: 'vcdiff' }, 40013],
    ['a delta below other steps', { data: 'AAAA', encoding: 'json/vcdiff/base64' }, 40013],
    ['a delta in other words', { data: 'AAAA', encoding: '.vcdiff+x' }, 40013],
    ['the base of a delta', { extras: { delta: { from: 'x', format: 'vcdiff' } } }, 40032],
    ['an unknown connectionKey', { connectionKey: 'unknown!key-1' }, 40006],
    ['an update of a message', { action: MESSAGE_UPDATE, serial: 'x' }, 93002],
  ] as const)('with %s is rejected as a whole', async ([, bad, code], { broker, connect }) => {
    const { client } = await connect(broker, { clientId: 'ann' });
    client.send({ action: Action.MESSAGE, channel: 'room', msgSerial: 0, messages: [{ name: 'good' }, bad] });
    expect(await client.next(Action.NACK)).toMatchObject({ msgSerial: 0, count: 1, error: { code } });
    const { items } = await restClient(broker).channels.get('room').history();
    expect(items).toEqual([]);
  });

  test.for(FORMATS)(
    'is limited to 65,536 bytes and 1,000 messages (%s)',
    async (format, { broker, connect }) => {
      const { client } = await connect(broker, {}, format);
      const name = 'ü'; // two bytes
      const halves = (bytes: number) => [
        { name, data: 'x'.repeat(30_000) },
        { name, data: 'x'.repeat(bytes - 30_004) },
      ];
      const many = (count: number) => Array.from({ length: count }, () => ({}));
      for (const [msgSerial, messages] of [halves(65_536), halves(65_537), many(1_000)].entries()) {
        client.send({ action: Action.MESSAGE, channel: 'room', msgSerial, messages });
      }
      expect((await client.next(Action.ACK)).msgSerial).toBe(0);
      expect(await client.next(Action.NACK)).toMatchObject({ msgSerial: 1, error: { code: 40009 } });
      expect((await client.next(Action.ACK)).msgSerial).toBe(2);
      client.send({ action: Action.MESSAGE, channel: 'room', msgSerial: 3, messages: many(1_001) });
      expect((await client.next(Action.NACK)).error.code).toBe(40034);
    },
  );

  test.for(['', ':hell', '::', '[invalid', ' x', 'a\nb'])(
    'to the channel name %j is rejected',
    async (channel, { broker, connect }) => {
      const { client } = await connect(broker);
      client.send({ action: Action.MESSAGE, channel, msgSerial: 0, messages: [{}] });
      expect((await client.next(Action.NACK)).error.code).toBe(40010);
      client.send({ action: Action.ATTACH, channel });
      expect(await client.next(Action.ERROR)).toMatchObject({ channel, error: { code: 40010 } });
      await client.settled();
    },
  );

  test('carries the clientId of an identified publisher and no other', async ({ broker, realtimeClient }) => {
    const messages = await collect(realtimeClient(broker).channels.get('room'));
    const { token } = await requestToken(broker, { clientId: 'ann' });
    const { token: anonymous } = await requestToken(broker);
    const publish = (credentials: Ably.ClientOptions, message: Ably.Message) =>
      restClient(broker, credentials).channels.get('room').publish(message);
    await publish({ token }, { name: 'stamped' });
    await publish({}, { name: 'by key', clientId: 'anyone' });
    expect((await rejection(publish({ token }, { clientId: 'bob' }))).code).toBe(40012);
    expect((await rejection(publish({ token: anonymous }, { clientId: 'bob' }))).code).toBe(40012);
    await until(() => messages.length === 2);
    expect(messages.map(({ clientId }) => clientId)).toEqual(['ann', 'anyone']);
  });
});

describe('a repeated publish', () => {
  test('under the same msgSerial gets the first reply and is not stored again', async ({
    broker,
    connect,
  }) => {
    const { client, connected } = await connect(broker);
    const frame = { action: Action.MESSAGE, channel: 'room', msgSerial: 0, messages: [{ name: 'once' }] };
    client.send(frame);
    const first = await client.next(Action.ACK);
    client.cut();
    const resume = connected.connectionDetails.connectionKey as string;
    const { client: again } = await connect(broker, { resume });
    again.send(frame);
    expect(await again.next(Action.ACK)).toEqual(first);
    expect((await restClient(broker).channels.get('room').history()).items).toHaveLength(1);
  });

  test('under the same id is stored once, also concurrently, and gets the first serial', async ({
    broker,
    realtimeClient,
  }) => {
    const messages = await collect(realtimeClient(broker).channels.get('room'));
    const rest = restClient(broker).channels.get('room');
    const realtime = realtimeClient(broker).channels.get('room');
    const results = await Promise.all(
      [rest, rest, realtime, realtime].map((channel) => channel.publish({ id: 'the-same', name: 'once' })),
    );
    expect(new Set(results.flatMap(({ serials }) => serials)).size).toBe(1);
    expect((await rest.history()).items.map(({ id }) => id)).toEqual(['the-same']);
    await realtime.publish('last', undefined);
    await until(() => messages.length >= 2);
    expect(messages.map(({ name }) => name)).toEqual(['once', 'last']);
  });

  test('needs consistent ids for several messages', async ({ broker }) => {
    const channel = restClient(broker).channels.get('room');
    expect((await rejection(channel.publish([{ id: 'a:0' }, { id: 'b:1' }]))).code).toBe(40031);
    expect((await channel.publish([{ id: 'a:0' }, { id: 'a:1' }])).serials).toHaveLength(2);
  });
});

describe('messages, when a connection drops,', () => {
  test.for(FORMATS)(
    'arrive in order, without gap or duplicate (%s)',
    async (format, { broker, realtimeClient, relayTo }) => {
      const relay = await relayTo(broker);
      const reader = realtimeClient(relay, { disconnectedRetryTimeout: 10 }, format);
      const messages = await collect(reader.channels.get('room'));
      const publisher = restClient(broker).channels.get('room');
      for (let round = 0; round < 4; round += 1) {
        for (let n = 0; n < 20; n += 1) {
          if (n === 10) relay.cut();
          await publisher.publish(`${round * 20 + n}`, 'x'.repeat(100));
        }
        await reader.connection.whenState('connected');
      }
      await until(() => messages.length >= 80);
      expect(messages.map(({ name }) => Number(name))).toEqual(Array.from({ length: 80 }, (_, n) => n));
    },
  );

  test('are acknowledged and stored once', async ({ broker, realtimeClient, relayTo }) => {
    const relay = await relayTo(broker);
    const channel = realtimeClient(relay, { disconnectedRetryTimeout: 10 }).channels.get('room');
    await channel.attach();
    const publishes = [];
    for (let n = 0; n < 60; n += 1) {
      publishes.push(channel.publish(`${n}`, undefined));
      if (n % 20 === 10) await new Promise((resolve) => setImmediate(resolve)).then(() => relay.cut());
    }
    await Promise.all(publishes);
    const { items } = await restClient(broker)
      .channels.get('room')
      .history({ direction: 'forwards', limit: 100 });
    expect(items.map(({ name }) => Number(name))).toEqual(Array.from({ length: 60 }, (_, n) => n));
  });
});
