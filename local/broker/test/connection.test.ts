import { once } from 'node:events';
import { describe, expect } from 'vitest';
import WebSocket from 'ws';
import { Action, PresenceAction } from '../src/protocol/actions.ts';
import { FORMATS, KEY, requestToken, restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

describe('a new connection', () => {
  test.for(FORMATS)(
    'receives CONNECTED with all connection details (%s)',
    async (format, { broker, connect }) => {
      const { connected } = await connect(broker, { clientId: 'ann' }, format);
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
    },
  );

  test.for(FORMATS)(
    'of the official client authenticates by key, by token or anonymously (%s)',
    async (format, { broker, realtimeClient }) => {
      const byKey = realtimeClient(broker, {}, format);
      const byToken = realtimeClient(broker, { useTokenAuth: true, clientId: 'ann' }, format);
      const anonymous = realtimeClient(broker, { useTokenAuth: true }, format);
      for (const client of [byKey, byToken, anonymous]) await client.connection.once('connected');
      expect([byKey, byToken, anonymous].map(({ auth }) => auth.clientId)).toEqual(['*', 'ann', undefined]);
    },
  );

  test.for([
    ['a wrong secret', { key: 'app1.key1:wrong' }, 40101],
    ['an unknown key', { key: 'this.is:wrong' }, 40101],
    ['a broken token', { access_token: 'app1.broken' }, 40145],
    ['an empty clientId', { key: KEY, clientId: '' }, 40012],
    ['a wildcard as clientId', { key: KEY, clientId: '*' }, 40012],
    ['a version that is not a number', { key: KEY, v: 'next' }, 40017],
  ] as const)(
    'with %s receives ERROR as its first frame instead of a failed upgrade',
    async ([, params, code], { broker, rawClient }) => {
      const client = await rawClient(broker, params);
      const { error } = await client.next(Action.ERROR);
      expect(error).toMatchObject({ code, statusCode: Math.floor(code / 100), message: expect.any(String) });
      await client.closed();
      expect(client.closeCode).toBe(1000);
    },
  );

  test.for([
    ['an older version', { v: '1.2' }],
    ['a future version', { v: '99' }],
    ['params that the broker ignores', { rnd: '1', agent: 'x/1', stream: 'true', recover: '' }],
  ] as const)('with %s is accepted', async ([, params], { broker, connect }) => {
    const { connected } = await connect(broker, params);
    expect(connected.connectionDetails.clientId).toBe('*');
  });

  test('accepts the token param under either name and uses JSON by default', async ({ broker }) => {
    const { token } = await requestToken(broker, { clientId: 'ann' });
    const socket = new WebSocket(`ws://127.0.0.1:${broker.port}/?accessToken=${token}`);
    const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
    socket.terminate();
    expect(isBinary).toBe(false);
    expect(JSON.parse(data.toString())).toMatchObject({
      action: Action.CONNECTED,
      connectionDetails: { clientId: 'ann' },
    });
  });

  test.for([
    ['5000', 5_000],
    ['1', 5_000],
    ['9999999', 1_800_000],
    ['soon', 15_000],
  ] as const)(
    'with heartbeatInterval=%s has a maxIdleInterval of %i ms',
    async ([heartbeatInterval, expected], { broker, connect }) => {
      const { connected } = await connect(broker, { heartbeatInterval });
      expect(connected.connectionDetails.maxIdleInterval).toBe(expected);
    },
  );

  test('of the official client fails with a wrong key', async ({ broker, realtimeClient }) => {
    const client = realtimeClient(broker, { key: 'this.is:wrong' });
    const { reason } = await client.connection.once('failed');
    expect(reason?.code).toBe(40101);
  });

  test('processes frames sent before CONNECTED', async ({ broker, rawClient }) => {
    const client = await rawClient(broker);
    client.send({ action: Action.ATTACH, channel: 'room' });
    await client.next(Action.CONNECTED);
    await client.next(Action.ATTACHED);
  });

  test('receives CLOSED in reply to CLOSE', async ({ broker, connect }) => {
    const { client } = await connect(broker);
    client.send({ action: Action.CLOSE });
    await client.next(Action.CLOSED);
    await client.closed();
  });
});

describe('a heartbeat', () => {
  test('with an id is echoed', async ({ broker, realtimeClient }) => {
    const client = realtimeClient(broker);
    await client.connection.once('connected');
    expect(await client.connection.ping()).toBeGreaterThan(0);
  });

  test('arrives within maxIdleInterval', async ({ startBroker, connect }) => {
    const broker = await startBroker({ timing: { heartbeatInterval: 20 } });
    const { client, connected } = await connect(broker, { heartbeats: 'true' });
    expect(connected.connectionDetails.maxIdleInterval).toBe(20);
    expect(await client.next(Action.HEARTBEAT)).toEqual({ action: Action.HEARTBEAT });
  });

  test('is only a WebSocket ping for clients that opt out of HEARTBEAT frames', async ({
    startBroker,
    connect,
  }) => {
    const broker = await startBroker({ timing: { heartbeatInterval: 10 } });
    const { client } = await connect(broker, { heartbeats: 'false' });
    const { client: other } = await connect(broker, { heartbeats: 'true' });
    for (let beats = 0; beats < 5; beats += 1) await other.next(Action.HEARTBEAT);
    expect(client.received).toEqual([]);
    expect(client.pings).toBeGreaterThan(1);
  });

  test('without any answer drops the connection', async ({ startBroker, connect }) => {
    const broker = await startBroker({ timing: { heartbeatInterval: 20, presenceGrace: 1 } });
    const { client } = await connect(broker, { clientId: 'ann' });
    await client.attach('room');
    client.send({
      action: Action.PRESENCE,
      msgSerial: 0,
      channel: 'room',
      presence: [{ action: PresenceAction.ENTER }],
    });
    await client.next(Action.ACK);
    client.freeze();
    const presence = () => restClient(broker).channels.get('room').presence.get();
    await until(async () => (await presence()).items.length === 0);
  });
});

test('the broker names the port that it cannot listen on', async ({ broker, startBroker }) => {
  const { port } = broker;
  await expect(startBroker({ port })).rejects.toThrow(`127.0.0.1:${port}`);
});

describe('a broker that shuts down', () => {
  test('sends DISCONNECTED with 80003', async ({ broker, connect }) => {
    const { client } = await connect(broker);
    await broker.close();
    expect((await client.next(Action.DISCONNECTED)).error.code).toBe(80003);
  });

  test('lets clients reconnect to its replacement under a new connection id', async ({
    broker,
    startBroker,
    realtimeClient,
  }) => {
    const first = broker;
    const { port } = first;
    const client = realtimeClient(first, { disconnectedRetryTimeout: 20 });
    await client.connection.once('connected');
    const id = client.connection.id;
    await first.close();
    await client.connection.whenState('disconnected');
    await startBroker({ port });
    await client.connection.whenState('connected');
    expect(client.connection.id).not.toBe(id);
  });
});
