import type * as Ably from 'ably';
import { describe, expect, it } from 'vitest';
import {
  aBroker,
  aConnectedRawClient,
  aRealtime,
  aRelay,
  aRest,
  aToken,
  collect,
  FORMATS,
  rejection,
  until,
} from './support.ts';

describe('publishing', () => {
  it.each(FORMATS)(
    'delivers every kind of data to readers of both formats (%s publisher)',
    async (format) => {
      const broker = await aBroker();
      const name = 'room';
      const received = await Promise.all(
        FORMATS.map((reader) => collect(aRealtime(broker, {}, reader).channels.get(name))),
      );
      const data = [
        'text',
        '',
        { deep: { list: [1, 'ü'] } },
        ['array'],
        Buffer.from([0, 255, 128]),
        undefined,
      ];
      const publisher = aRealtime(broker, { clientId: 'ann' }, format).channels.get(name);
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

  it.each(FORMATS)(
    'acknowledges with the serial of each message, sorted as published (%s)',
    async (format) => {
      const channel = aRealtime(await aBroker(), {}, format).channels.get('room');
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

  it('gives all subscribers one order', async () => {
    const broker = await aBroker();
    const clients = Array.from({ length: 4 }, () => aRealtime(broker).channels.get('room'));
    const received = await Promise.all(clients.map(collect));
    await Promise.all(
      clients.flatMap((channel) => Array.from({ length: 25 }, (_, n) => channel.publish(`${n}`, undefined))),
    );
    await until(() => received.every((messages) => messages.length === 100));
    const orders = received.map((messages) => messages.map(({ id }) => id));
    for (const order of orders) expect(order).toEqual(orders[0]);
  });

  it('needs no attachment, and carries extras', async () => {
    const broker = await aBroker();
    const messages = await collect(aRealtime(broker).channels.get('room'));
    await aRealtime(broker)
      .channels.get('room')
      .publish({ name: 'x', extras: { headers: { a: 'b', c: null } } });
    await until(() => messages.length === 1);
    expect(messages[0]?.extras).toEqual({ headers: { a: 'b', c: null } });
  });

  it('keeps one’s own messages back when echo is off, and only those', async () => {
    const broker = await aBroker();
    const quiet = aRealtime(broker, { echoMessages: false }).channels.get('room');
    const messages = await collect(quiet);
    await quiet.publish('mine', undefined);
    await aRealtime(broker).channels.get('room').publish('theirs', undefined);
    await until(() => messages.length > 0);
    expect(messages.map(({ name }) => name)).toEqual(['theirs']);
  });

  it.each([
    ['data of no known kind', { data: 7 }, 40013],
    ['broken base64', { data: '?', encoding: 'base64' }, 40013],
    ['unknown extras', { extras: { nonsense: 1 } }, 40032],
    ['a message that is none', 'text', 40000],
    ['a name that is no text', { name: 5 }, 40000],
    ['a foreign clientId', { clientId: 'bob' }, 40012],
    ['a wildcard clientId', { clientId: '*' }, 40012],
    ['too much data', { data: 'x'.repeat(65_537) }, 40009],
    ['an unknown connectionKey', { connectionKey: 'nobody!nothing-1' }, 40006],
    ['an update of a message', { action: 1, serial: 'x' }, 93002],
  ])('refuses %s, and with it the whole publish', async (_, bad, code) => {
    const broker = await aBroker();
    const { client } = await aConnectedRawClient(broker, { clientId: 'ann' });
    client.send({ action: 15, channel: 'room', msgSerial: 0, messages: [{ name: 'good' }, bad] });
    expect(await client.next(2)).toMatchObject({ msgSerial: 0, count: 1, error: { code } });
    const { items } = await aRest(broker).channels.get('room').history();
    expect(items).toEqual([]);
  });

  it.each(FORMATS)('counts bytes and messages to the last allowed (%s)', async (format) => {
    const { client } = await aConnectedRawClient(await aBroker(), {}, format);
    const name = 'ü'; // two bytes
    const halves = (bytes: number) => [
      { name, data: 'x'.repeat(30_000) },
      { name, data: 'x'.repeat(bytes - 30_004) },
    ];
    const many = (count: number) => Array.from({ length: count }, () => ({}));
    for (const [msgSerial, messages] of [halves(65_536), halves(65_537), many(1_000)].entries()) {
      client.send({ action: 15, channel: 'room', msgSerial, messages });
    }
    expect((await client.next(1)).msgSerial).toBe(0);
    expect(await client.next(2)).toMatchObject({ msgSerial: 1, error: { code: 40009 } });
    expect((await client.next(1)).msgSerial).toBe(2);
    client.send({ action: 15, channel: 'room', msgSerial: 3, messages: many(1_001) });
    expect((await client.next(2)).error.code).toBe(40034);
  });

  it.each(['', ':hell', '::', '[invalid', ' x', 'a\nb'])('refuses the channel name %j', async (channel) => {
    const { client } = await aConnectedRawClient(await aBroker());
    client.send({ action: 15, channel, msgSerial: 0, messages: [{}] });
    expect((await client.next(2)).error.code).toBe(40010);
    client.send({ action: 10, channel });
    expect(await client.next(9)).toMatchObject({ channel, error: { code: 40010 } });
    await client.settled();
  });

  it('stamps the clientId of who is identified, and no other', async () => {
    const broker = await aBroker();
    const messages = await collect(aRealtime(broker).channels.get('room'));
    const { token } = await aToken(broker, { clientId: 'ann' });
    const { token: anonymous } = await aToken(broker);
    const publish = (credentials: Ably.ClientOptions, message: Ably.Message) =>
      aRest(broker, credentials).channels.get('room').publish(message);
    await publish({ token }, { name: 'stamped' });
    await publish({}, { name: 'by key', clientId: 'anyone' });
    expect((await rejection(publish({ token }, { clientId: 'bob' }))).code).toBe(40012);
    expect((await rejection(publish({ token: anonymous }, { clientId: 'bob' }))).code).toBe(40012);
    await until(() => messages.length === 2);
    expect(messages.map(({ clientId }) => clientId)).toEqual(['ann', 'anyone']);
  });
});

describe('repeated publishes', () => {
  it('answers a msgSerial that comes again without publishing again', async () => {
    const broker = await aBroker();
    const { client, connected } = await aConnectedRawClient(broker);
    const frame = { action: 15, channel: 'room', msgSerial: 0, messages: [{ name: 'once' }] };
    client.send(frame);
    const first = await client.next(1);
    client.cut();
    const resume = connected.connectionDetails.connectionKey as string;
    const { client: again } = await aConnectedRawClient(broker, { resume });
    again.send(frame);
    expect(await again.next(1)).toEqual(first);
    expect((await aRest(broker).channels.get('room').history()).items).toHaveLength(1);
  });

  it('stores concurrent publishes with one id once, and answers all with its serial', async () => {
    const broker = await aBroker();
    const messages = await collect(aRealtime(broker).channels.get('room'));
    const rest = aRest(broker).channels.get('room');
    const realtime = aRealtime(broker).channels.get('room');
    const results = await Promise.all(
      [rest, rest, realtime, realtime].map((channel) => channel.publish({ id: 'the-same', name: 'once' })),
    );
    expect(new Set(results.flatMap(({ serials }) => serials)).size).toBe(1);
    expect((await rest.history()).items.map(({ id }) => id)).toEqual(['the-same']);
    await realtime.publish('last', undefined);
    await until(() => messages.length >= 2);
    expect(messages.map(({ name }) => name)).toEqual(['once', 'last']);
  });

  it('refuses inconsistent ids within one publish', async () => {
    const channel = aRest(await aBroker()).channels.get('room');
    expect((await rejection(channel.publish([{ id: 'a:0' }, { id: 'b:1' }]))).code).toBe(40031);
    expect((await channel.publish([{ id: 'a:0' }, { id: 'a:1' }])).serials).toHaveLength(2);
  });
});

describe('messages across a drop', () => {
  it.each(FORMATS)(
    'arrive without gap or duplicate, in order, however often it drops (%s)',
    async (format) => {
      const broker = await aBroker();
      const relay = await aRelay(broker);
      const reader = aRealtime(relay, { disconnectedRetryTimeout: 10 }, format);
      const messages = await collect(reader.channels.get('room'));
      const publisher = aRest(broker).channels.get('room');
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

  it('that were published while it dropped are acknowledged and stored once', async () => {
    const broker = await aBroker();
    const relay = await aRelay(broker);
    const channel = aRealtime(relay, { disconnectedRetryTimeout: 10 }).channels.get('room');
    await channel.attach();
    const publishes = [];
    for (let n = 0; n < 60; n += 1) {
      publishes.push(channel.publish(`${n}`, undefined));
      if (n % 20 === 10) await new Promise((resolve) => setImmediate(resolve)).then(() => relay.cut());
    }
    await Promise.all(publishes);
    const { items } = await aRest(broker).channels.get('room').history({ direction: 'forwards', limit: 100 });
    expect(items.map(({ name }) => Number(name))).toEqual(Array.from({ length: 60 }, (_, n) => n));
  });
});
