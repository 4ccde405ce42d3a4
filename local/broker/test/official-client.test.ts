import * as Ably from 'ably';
import {
  BaseRealtime,
  BaseRest,
  FetchRequest,
  MsgPack,
  RealtimePresence,
  Rest,
  WebSocketTransport,
} from 'ably/modular';
import { describe, expect } from 'vitest';
import { Action, PresenceAction } from '../src/protocol/actions.ts';
import {
  clientOptions,
  collect,
  FORMATS,
  rejection,
  requestToken,
  restClient,
  until,
} from './support/helpers.ts';
import { test } from './support/test.ts';

/** What the test suite of the official client requires and no other file here covers. */

describe('the modular client', () => {
  test.for([
    ['json', {}],
    ['msgpack', { MsgPack }],
  ] as const)('publishes, subscribes, enters and reads (%s)', async ([format, plugin], { broker }) => {
    const options = { ...clientOptions(broker, format), clientId: 'ann' };
    const realtime = new BaseRealtime({
      ...options,
      plugins: { WebSocketTransport, FetchRequest, RealtimePresence, Rest, ...plugin },
    });
    const rest = new BaseRest({ ...options, plugins: { FetchRequest, Rest, ...plugin } });
    try {
      const channel = realtime.channels.get('room');
      const messages: Ably.InboundMessage[] = [];
      await channel.subscribe((message) => messages.push(message));
      await channel.presence.enter('here');
      await channel.publish('a', { deep: [1] });
      await rest.channels.get('room').publish('b', new Uint8Array([0, 255]));
      await until(() => messages.length === 2);
      expect(messages[0]?.data).toEqual({ deep: [1] });
      expect(new Uint8Array(messages[1]?.data as ArrayBuffer)).toEqual(new Uint8Array([0, 255]));
      expect((await channel.presence.get()).map(({ data }) => data as unknown)).toEqual(['here']);
      // Like a browser, the modular client requests an envelope and reads the links in it.
      const page = await rest.channels.get('room').history({ limit: 1 });
      const next = await page.next();
      expect([page.items[0]?.name, next?.items[0]?.name, next?.hasNext()]).toEqual(['b', 'a', false]);
      const missing = await rest.request('get', '/keys/ablyjs.test/requestToken', 6, {}, null, {});
      expect([missing.statusCode, missing.errorCode]).toEqual([404, 40400]);
    } finally {
      realtime.close();
    }
  });
});

describe('a publish of the official client', () => {
  test.for(FORMATS)('treats null as absent everywhere (%s)', async (format, { broker, realtimeClient }) => {
    const messages = await collect(realtimeClient(broker).channels.get('room'));
    const channel = restClient(broker, {}, format).channels.get('room');
    const nothing = null as unknown as string;
    await channel.publish(nothing, nothing);
    await channel.publish({ name: nothing, data: null });
    await channel.publish({ name: 'empty', data: '', clientId: nothing, extras: null });
    await until(() => messages.length === 3);
    expect(messages.map(({ name, data }) => [name, data as unknown])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      ['empty', ''],
    ]);
  });

  test('is queued in the client until it connects, in order', async ({ broker, realtimeClient }) => {
    const messages = await collect(realtimeClient(broker).channels.get('room'));
    const client = realtimeClient(broker, { autoConnect: false });
    const publishing = Array.from({ length: 50 }, (_, n) => client.channels.get('room').publish('n', `${n}`));
    client.connect();
    await Promise.all(publishing);
    await until(() => messages.length === 50);
    expect(messages.map(({ data }) => Number(data))).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  test.for(FORMATS)(
    'may be encrypted, live and in history (%s)',
    async (format, { broker, realtimeClient }) => {
      const cipher = { key: await Ably.Rest.Crypto.generateRandomKey(256) };
      const reader = realtimeClient(broker, {}, format === 'json' ? 'msgpack' : 'json');
      const messages = await collect(reader.channels.get('room', { cipher }));
      const blind = await collect(realtimeClient(broker, {}, format).channels.get('room'));
      const channel = realtimeClient(broker, {}, format).channels.get('room', { cipher });
      const data = ['text ü', { deep: 1 }, Buffer.from([0, 255])];
      for (const each of data) await channel.publish('secret', each);
      await until(() => messages.length === 3 && blind.length === 3);
      const readable = (items: Ably.InboundMessage[]) =>
        items.map((item) =>
          item.data instanceof Uint8Array ? Buffer.from(item.data) : (item.data as unknown),
        );
      expect(readable(messages)).toEqual(data);
      const { items } = await restClient(broker, {}, format).channels.get('room', { cipher }).history();
      expect(readable(items).reverse()).toEqual(data);
      expect(blind[0]?.encoding).toBe('utf-8/cipher+aes-256-cbc');
    },
  );

  test.for(FORMATS)(
    'on behalf of a connection carries its id (%s)',
    async (format, { broker, realtimeClient }) => {
      const client = realtimeClient(broker, { clientId: 'ann' });
      const messages = await collect(client.channels.get('room'));
      const connectionKey = client.connection.key ?? '';
      await restClient(broker, {}, format)
        .channels.get('room')
        .publish({ name: 'x', connectionKey } as Ably.Message);
      await until(() => messages.length === 1);
      expect(messages[0]).toMatchObject({ connectionId: client.connection.id, clientId: 'ann' });
      expect(messages[0]).not.toHaveProperty('connectionKey');
    },
  );

  test('repeated over REST after a lost reply is stored once, in order', async ({ broker }) => {
    const channel = restClient(broker).channels.get('room');
    const messages = [
      { id: 'base:0', name: 'one' },
      { id: 'base:1', name: 'two' },
    ];
    const answers = [await channel.publish(messages), await channel.publish(messages)];
    expect(answers[0]).toEqual(answers[1]);
    const { items } = await channel.history({ direction: 'forwards' });
    expect(items.map(({ id, name }) => [id, name])).toEqual([
      ['base:0', 'one'],
      ['base:1', 'two'],
    ]);
  });
});

describe('presence of the official client', () => {
  test('enters ten clients in one frame and delivers fifteen updates', async ({ broker, realtimeClient }) => {
    const channel = realtimeClient(broker).channels.get('room');
    const seen: string[] = [];
    await channel.presence.subscribe(({ clientId }) => seen.push(clientId));
    await Promise.all(Array.from({ length: 10 }, (_, n) => channel.presence.enterClient(`client${n}`)));
    for (let n = 0; n < 15; n += 1) await channel.presence.updateClient('me', `${n}`);
    await until(() => seen.length === 25);
    expect(seen.filter((clientId) => clientId === 'me')).toHaveLength(15);
    expect(await channel.presence.get()).toHaveLength(11);
  });

  test('carries extras, encrypted data and no data', async ({ broker, realtimeClient, connect }) => {
    const cipher = { key: await Ably.Rest.Crypto.generateRandomKey() };
    const { client } = await connect(broker, { clientId: 'raw' });
    await client.attach('room');
    const item = { action: PresenceAction.ENTER, data: null, extras: { headers: { a: 'b' } } };
    client.send({ action: Action.PRESENCE, channel: 'room', msgSerial: 0, presence: [item] });
    await client.next(Action.ACK);
    await realtimeClient(broker, { clientId: 'me' })
      .channels.get('room', { cipher })
      .presence.enter({ deep: 1 });
    const members = await realtimeClient(broker).channels.get('room', { cipher }).presence.get();
    const [me, raw] = members.toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1));
    expect(me?.data).toEqual({ deep: 1 });
    expect([raw?.data, raw?.extras]).toEqual([undefined, { headers: { a: 'b' } }]);
  });

  test('is current after an observer detached and attached again', async ({ broker, realtimeClient }) => {
    const { presence } = realtimeClient(broker).channels.get('room');
    const observer = realtimeClient(broker).channels.get('room');
    await presence.enterClient('one');
    await presence.enterClient('two');
    expect(await observer.presence.get()).toHaveLength(2);
    await observer.detach();
    await presence.leaveClient('two');
    await presence.enterClient('three');
    await observer.attach();
    const names = (await observer.presence.get()).map(({ clientId }) => clientId);
    expect(names.sort()).toEqual(['one', 'three']);
  });

  test('lets a new connection enter while members of the lost one remain', async ({
    broker,
    realtimeClient,
    connect,
  }) => {
    const { client, connected } = await connect(broker);
    await client.attach('room');
    client.send({
      action: Action.PRESENCE,
      channel: 'room',
      msgSerial: 0,
      presence: [{ action: PresenceAction.ENTER, clientId: 'one' }],
    });
    await client.next(Action.ACK);
    client.cut();
    const room = realtimeClient(broker).channels.get('room');
    for (const name of ['one', 'two']) await room.presence.enterClient(name);
    const members = await room.presence.get();
    expect(members.map(({ clientId }) => clientId).sort()).toEqual(['one', 'one', 'two']);
    expect(members.filter(({ connectionId }) => connectionId === connected.connectionId)).toHaveLength(1);
  });
});

describe('a channel of the official client', () => {
  test('changes its modes while attached', async ({ broker, realtimeClient }) => {
    const channel = realtimeClient(broker).channels.get('room');
    const messages = await collect(channel);
    await channel.setOptions({ modes: ['SUBSCRIBE'] });
    expect(channel.modes).toEqual(['subscribe']);
    expect([40160, 40165]).toContain((await rejection(channel.publish('x', undefined))).code);
    await channel.setOptions({ params: { modes: 'publish,subscribe' } });
    expect(channel.modes).toEqual(['publish', 'subscribe']);
    await channel.publish('y', undefined);
    await until(() => messages.length === 1);
  });

  test('rewinds again after detach and attach', async ({ broker, realtimeClient }) => {
    await restClient(broker).channels.get('room').publish('old', undefined);
    const channel = realtimeClient(broker).channels.get('room', { params: { rewind: '1' } });
    const messages = await collect(channel);
    await until(() => messages.length === 1);
    await channel.detach();
    await channel.attach();
    await until(() => messages.length === 2);
  });

  test.for(FORMATS)(
    'returns the history up to its re-attachment after a drop (%s)',
    async (format, { broker, realtimeClient, relayTo }) => {
      const relay = await relayTo(broker);
      const channel = realtimeClient(relay, { disconnectedRetryTimeout: 10 }, format).channels.get('room');
      for (const name of ['a', 'b']) await restClient(broker).channels.get('room').publish(name, undefined);
      await channel.attach();
      relay.cut();
      await channel.whenState('attaching');
      await channel.whenState('attached');
      await channel.publish('c', undefined);
      const page = await channel.history({ untilAttach: true, limit: 1 });
      const next = await page.next();
      expect([page.items[0]?.name, next?.items[0]?.name, next?.hasNext()]).toEqual(['b', 'a', false]);
    },
  );
});

describe('REST of the official client', () => {
  test.for(FORMATS)('supports every protocol version (%s)', async (format, { broker }) => {
    const rest = restClient(broker, {}, format);
    for (const version of [1, 2, 3, 6, 150]) {
      expect((await rest.request('get', '/time', version, {}, null, {})).items).toHaveLength(1);
    }
    expect((await rest.stats()).items).toEqual([]);
  });

  test.for(FORMATS)('publishes to several channels at once (%s)', async (format, { broker }) => {
    const rest = restClient(broker, {}, format);
    const flat = await rest.request(
      'post',
      '/messages',
      2,
      {},
      { channels: ['a', 'b'], messages: { data: 'x' } },
      {},
    );
    expect([flat.statusCode, flat.items.map((item) => (item as { channel: string }).channel)]).toEqual([
      201,
      ['a', 'b'],
    ]);
    const batch = await rest.batchPublish({ channels: ['a', '[invalid'], messages: [{ data: 'y' }] });
    expect(batch).toMatchObject({
      successCount: 1,
      failureCount: 1,
      results: [{ channel: 'a', messageId: expect.any(String) as string }, { error: { code: 40010 } }],
    });
    expect((await rest.channels.get('a').history()).items).toHaveLength(2);
    const { token } = await requestToken(broker, { capability: { a: ['publish'] } });
    const limited = restClient(broker, { token }, format);
    const [partly] = await limited.batchPublish([{ channels: ['a', 'b'], messages: [{ data: 'z' }] }]);
    expect(partly?.results).toMatchObject([{ channel: 'a' }, { channel: 'b', error: { statusCode: 401 } }]);
  });
});
