import type * as Ably from 'ably';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import {
  aBroker,
  aConnectedRawClient,
  aRawClient,
  aRealtime,
  aRelay,
  aRest,
  aToken,
  FORMATS,
  KEY,
  until,
} from './support.ts';

describe('connecting', () => {
  it.each(FORMATS)('greets with CONNECTED and all that a client must know (%s)', async (format) => {
    const { connected } = await aConnectedRawClient(await aBroker(), { clientId: 'ann' }, format);
    expect(connected.connectionId).toMatch(/^[\w-]{10,}$/);
    expect(connected.connectionDetails).toMatchObject({
      clientId: 'ann',
      connectionStateTtl: 120_000,
      maxIdleInterval: 15_000,
      maxMessageSize: 65_536,
      maxFrameSize: 524_288,
      connectionKey: expect.stringContaining(connected.connectionId as string),
    });
    expect(connected).not.toHaveProperty('error');
  });

  it.each(FORMATS)(
    'lets the official client in with a key, with a token, and as nobody (%s)',
    async (format) => {
      const broker = await aBroker();
      const byKey = aRealtime(broker, {}, format);
      const byToken = aRealtime(broker, { useTokenAuth: true, clientId: 'ann' }, format);
      const anonymous = aRealtime(broker, { useTokenAuth: true }, format);
      for (const client of [byKey, byToken, anonymous]) await client.connection.once('connected');
      expect([byKey, byToken, anonymous].map(({ auth }) => auth.clientId)).toEqual(['*', 'ann', undefined]);
    },
  );

  it.each([
    ['a wrong secret', { key: 'app1.key1:wrong' }, 40101],
    ['an unknown key', { key: 'this.is:wrong' }, 40101],
    ['a broken token', { access_token: 'app1.broken' }, 40145],
    ['an empty clientId', { key: KEY, clientId: '' }, 40012],
    ['a wildcard as clientId', { key: KEY, clientId: '*' }, 40012],
    ['a version that is no number', { key: KEY, v: 'next' }, 40017],
  ])('tells %s as a first frame, not as a refused upgrade', async (_, params, code) => {
    const client = await aRawClient(await aBroker(), params);
    const { error } = await client.next(9);
    expect(error).toMatchObject({ code, statusCode: Math.floor(code / 100), message: expect.any(String) });
    await client.closed();
    expect(client.closeCode).toBe(1000);
  });

  it.each([
    ['an older version', { v: '1.2' }],
    ['a future version', { v: '99' }],
    ['params of no meaning here', { rnd: '1', agent: 'x/1', stream: 'true', recover: '' }],
  ])('does not mind %s', async (_, params) => {
    const { connected } = await aConnectedRawClient(await aBroker(), params);
    expect(connected.connectionDetails.clientId).toBe('*');
  });

  it('takes a token under either name, and speaks JSON unless told otherwise', async () => {
    const broker = await aBroker();
    const { token } = await aToken(broker, { clientId: 'ann' });
    const socket = new WebSocket(`ws://127.0.0.1:${broker.port}/?accessToken=${token}`);
    const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
    socket.terminate();
    expect(isBinary).toBe(false);
    expect(JSON.parse(data.toString())).toMatchObject({ action: 4, connectionDetails: { clientId: 'ann' } });
  });

  it.each([
    ['5000', 5_000],
    ['1', 5_000],
    ['9999999', 1_800_000],
    ['soon', 15_000],
  ])('promises for heartbeatInterval=%s one within %i ms', async (heartbeatInterval, expected) => {
    const { connected } = await aConnectedRawClient(await aBroker(), { heartbeatInterval });
    expect(connected.connectionDetails.maxIdleInterval).toBe(expected);
  });

  it('fails the official client for good on a wrong key', async () => {
    const client = aRealtime(await aBroker(), { key: 'this.is:wrong' });
    const { reason } = await client.connection.once('failed');
    expect(reason?.code).toBe(40101);
  });

  it('acts on frames that came before it had greeted', async () => {
    const client = await aRawClient(await aBroker());
    client.send({ action: 10, channel: 'room' });
    await client.next(4);
    await client.next(11);
  });

  it('answers CLOSE with CLOSED', async () => {
    const { client } = await aConnectedRawClient(await aBroker());
    client.send({ action: 7 });
    await client.next(8);
    await client.closed();
  });
});

describe('heartbeats', () => {
  it('returns a ping with its id', async () => {
    const client = aRealtime(await aBroker());
    await client.connection.once('connected');
    expect(await client.connection.ping()).toBeGreaterThan(0);
  });

  it('sends one within the promised interval, so that clients notice a dead link', async () => {
    const broker = await aBroker({ timing: { heartbeatInterval: 20 } });
    const { client, connected } = await aConnectedRawClient(broker, { heartbeats: 'true' });
    expect(connected.connectionDetails.maxIdleInterval).toBe(20);
    expect(await client.next(0)).toEqual({ action: 0 });
  });

  it('sends none as frames to who sees the pings of the WebSocket', async () => {
    const broker = await aBroker({ timing: { heartbeatInterval: 10 } });
    const { client } = await aConnectedRawClient(broker, { heartbeats: 'false' });
    const { client: other } = await aConnectedRawClient(broker, { heartbeats: 'true' });
    for (let beats = 0; beats < 5; beats += 1) await other.next(0);
    expect(client.received).toEqual([]);
    expect(client.pings).toBeGreaterThan(1);
  });

  it('drops a peer that answers nothing', async () => {
    const broker = await aBroker({ timing: { heartbeatInterval: 20, presenceGrace: 1 } });
    const { client } = await aConnectedRawClient(broker, { clientId: 'ann' });
    await client.attach('room');
    client.send({ action: 14, msgSerial: 0, channel: 'room', presence: [{ action: 2 }] });
    await client.next(1);
    client.freeze();
    const presence = () => aRest(broker).channels.get('room').presence.get();
    await until(async () => (await presence()).items.length === 0);
  });
});

it('says which port it could not have', async () => {
  const { port } = await aBroker();
  await expect(aBroker({ port })).rejects.toThrow(`127.0.0.1:${port}`);
});

describe('shutting down', () => {
  it('tells clients to come back', async () => {
    const broker = await aBroker();
    const { client } = await aConnectedRawClient(broker);
    await broker.close();
    expect((await client.next(6)).error.code).toBe(80003);
  });

  it('lets them resume nothing, but reconnect, on a broker in its place', async () => {
    const first = await aBroker();
    const { port } = first;
    const client = aRealtime(first, { disconnectedRetryTimeout: 20 });
    await client.connection.once('connected');
    const id = client.connection.id;
    await first.close();
    await client.connection.whenState('disconnected');
    await aBroker({ port });
    await client.connection.whenState('connected');
    expect(client.connection.id).not.toBe(id);
  });
});

describe('a connection that was cut', () => {
  it.each(FORMATS)('is resumed under its id (%s)', async (format) => {
    const relay = await aRelay(await aBroker());
    const client = aRealtime(relay, {}, format);
    await client.connection.once('connected');
    const { id, key } = client.connection;
    relay.cut();
    await client.connection.once('disconnected');
    await client.connection.whenState('connected');
    expect(client.connection.id).toBe(id);
    expect(client.connection.key).not.toBe(key);
    expect(client.connection.errorReason).toBeNull();
  });

  it('is resumed by any of its keys, while the old transport still seems alive', async () => {
    const broker = await aBroker();
    const { client: old, connected } = await aConnectedRawClient(broker);
    const { connectionKey } = connected.connectionDetails as { connectionKey: string };
    const second = await aConnectedRawClient(broker, { resume: connectionKey });
    const third = await aConnectedRawClient(broker, { resume: connectionKey });
    expect([second, third].map((next) => next.connected.connectionId)).toEqual(
      Array(2).fill(connected.connectionId),
    );
    old.send({ action: 7 }); // from a transport that was taken over: must not end the connection
    second.client.send({ action: 7 });
    await third.client.settled();
    const fourth = await aConnectedRawClient(broker, { resume: connectionKey });
    expect(fourth.connected.connectionId).toBe(connected.connectionId);
  });

  it.each(FORMATS)(
    'gets nothing from a channel until it attaches again, then all, once (%s)',
    async (format) => {
      const broker = await aBroker();
      const { client, connected } = await aConnectedRawClient(broker, {}, format);
      const { channelSerial } = await client.attach('room');
      client.cut();
      const resume = connected.connectionDetails.connectionKey as string;
      const { client: again } = await aConnectedRawClient(broker, { resume }, format);
      const channel = aRest(broker).channels.get('room');
      for (const name of ['a', 'b']) await channel.publish(name, undefined);
      await again.settled();
      expect(again.received).toEqual([]);
      await again.attach('room', { channelSerial });
      await channel.publish('c', undefined);
      const names: string[] = [];
      while (names.length < 3) {
        for (const { name } of (await again.next(15)).messages as { name: string }[]) names.push(name);
      }
      expect(names).toEqual(['a', 'b', 'c']);
      await again.settled();
      expect(again.received).toEqual([]);
      const { channelSerial: last } = await again.attach('room');
      const { client: upToDate } = await aConnectedRawClient(broker, {}, format);
      const { flags } = await upToDate.attach('room', { channelSerial: last });
      expect(flags & 6).toBe(4); // resumed, and no backlog is announced where none follows
    },
  );

  it('leaves a superseded transport mute and without effect', async () => {
    const broker = await aBroker();
    const { client: old, connected } = await aConnectedRawClient(broker);
    await old.attach('room');
    const resume = connected.connectionDetails.connectionKey as string;
    const { client: taker } = await aConnectedRawClient(broker, { resume });
    await taker.attach('room');
    old.send({ action: 15, channel: 'room', msgSerial: 0, messages: [{ name: 'from the past' }] });
    taker.send({ action: 15, channel: 'room', msgSerial: 0, messages: [{ name: 'now' }] });
    expect((await taker.next(15)).messages).toMatchObject([{ name: 'now' }]);
    expect(old.received).toEqual([]);
    expect((await aRest(broker).channels.get('room').history()).items).toHaveLength(1);
  });

  it.each([
    ['a forged key', () => '_____!ablyjs_test_fake-key____', 80018],
    ['a forged mac', (key: string) => key.replace(/!./, (start) => (start === '!A' ? '!B' : '!A')), 80018],
  ])('is not resumed with %s: a new one begins, and says why', async (_, forge, code) => {
    const broker = await aBroker();
    const { connected } = await aConnectedRawClient(broker);
    const resume = forge(connected.connectionDetails.connectionKey as string);
    const { connected: fresh } = await aConnectedRawClient(broker, { resume });
    expect(fresh.connectionId).not.toBe(connected.connectionId);
    expect(fresh.error).toMatchObject({ code, statusCode: 400 });
  });

  it('is not resumed after it was closed, nor after its state expired', async () => {
    const broker = await aBroker({ timing: { connectionStateTtl: 30 } });
    const closed = await aConnectedRawClient(broker);
    closed.client.send({ action: 7 });
    await closed.client.closed();
    const lost = await aConnectedRawClient(broker);
    lost.client.cut();
    const { channels } = aRest(broker);
    for (const { connected } of [closed, lost]) {
      const { connectionKey } = connected.connectionDetails as { connectionKey: string };
      const publishForIt = () => channels.get('room').publish({ connectionKey } as Ably.Message);
      await until(
        async () =>
          (await publishForIt().then(
            () => undefined,
            (e: Ably.ErrorInfo) => e.code,
          )) === 40006,
      );
      const { connected: fresh } = await aConnectedRawClient(broker, { resume: connectionKey });
      expect(fresh.error.code).toBe(80008);
      expect(fresh.connectionId).not.toBe(connected.connectionId);
    }
  });

  it('is not resumed by somebody else', async () => {
    const broker = await aBroker();
    const { connected } = await aConnectedRawClient(broker, { clientId: 'ann' });
    const resume = connected.connectionDetails.connectionKey as string;
    const thief = await aRawClient(broker, { resume, clientId: 'bob' });
    expect((await thief.next(9)).error.code).toBe(40102);
  });

  it('is not resumed in another app', async () => {
    const broker = await aBroker({ keys: [KEY, 'app2.key1:another'] });
    const { connected } = await aConnectedRawClient(broker);
    const resume = connected.connectionDetails.connectionKey as string;
    const { connected: fresh } = await aConnectedRawClient(broker, { key: 'app2.key1:another', resume });
    expect(fresh.error.code).toBe(80018);
    expect(fresh.connectionId).not.toBe(connected.connectionId);
  });
});
