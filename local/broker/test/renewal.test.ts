import type * as Ably from 'ably';
import { SignJWT } from 'jose';
import { describe, expect } from 'vitest';
import { KEY, rejection, requestToken, until } from './support/helpers.ts';
import { test as brokerTest } from './support/test.ts';

type Capability = Ably.TokenParams['capability'];

const test = brokerTest
  // Connects with a token of a capability. `renew` replaces the token.
  .extend('connectWith', ({ broker, realtimeClient }) => async (capability: Capability) => {
    const tokenFor = (next: Capability) => requestToken(broker, { clientId: 'ann', capability: next });
    const client = realtimeClient(broker, { token: (await tokenFor(capability)).token });
    const states: string[] = [];
    await client.connection.once('connected');
    client.connection.on(({ current }) => states.push(current));
    const renew = async (next: Capability) =>
      client.auth.authorize(undefined, (await tokenFor(next)) as never);
    return { channel: client.channels.get('room'), renew, states };
  });

describe('re-authentication', () => {
  test('grants access to a channel that was denied before', async ({ connectWith }) => {
    const { channel, renew } = await connectWith({ elsewhere: ['*'] });
    expect((await rejection(channel.attach())).code).toBe(40160);
    await renew({ elsewhere: ['*'], room: ['*'] });
    await channel.attach();
  });

  test('grants and revokes publishing while the channel stays attached', async ({ connectWith }) => {
    const { channel, renew, states } = await connectWith({ room: ['subscribe'] });
    await channel.attach();
    expect((await rejection(channel.publish('x', undefined))).code).toBe(40160);
    await renew({ room: ['subscribe', 'publish'] });
    await channel.publish('x', undefined);
    await renew({ room: ['subscribe'] });
    expect((await rejection(channel.publish('x', undefined))).code).toBe(40160);
    expect(channel.state).toBe('attached');
    expect(new Set(states)).toEqual(new Set(['connected'])); // updates, without a new connection
  });

  test(
    'is requested 30 s before a JWT expires and keeps the connection',
    { timeout: 15_000 },
    async ({ broker, realtimeClient }) => {
      const [kid = '', secret = ''] = KEY.split(':');
      const jwt = () => {
        const iat = Date.now() / 1_000;
        const signer = new SignJWT({ iat, exp: iat + 35, 'x-ably-clientId': 'ann' });
        return signer.setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid }).sign(Buffer.from(secret));
      };
      let calls = 0;
      const client = realtimeClient(broker, {
        authCallback: (_params, callback) => {
          calls += 1;
          void jwt().then((token) => callback(null, token));
        },
      });
      const changes: string[] = [];
      client.connection.on(({ previous, current }) =>
        changes.push(previous === current ? 'update' : current),
      );
      await until(() => changes.includes('update'));
      expect([calls, changes]).toEqual([2, ['connecting', 'connected', 'update']]);
    },
  );

  test('with expired tokens only ends disconnected after two attempts', async ({
    broker,
    realtimeClient,
  }) => {
    const expired = await requestToken(broker, { ttl: 1 });
    await until(() => Date.now() > expired.expires);
    let calls = 0;
    const client = realtimeClient(broker, {
      authCallback: (_params, callback) => {
        calls += 1;
        callback(null, expired.token);
      },
    });
    const seen: [string, number | undefined, number][] = [];
    client.connection.on(({ current, reason }) => seen.push([current, reason?.code, calls]));
    await until(() => seen.length === 4);
    expect(seen).toEqual([
      ['connecting', undefined, 0],
      ['disconnected', 40142, 1],
      ['connecting', undefined, 1],
      ['disconnected', 40142, 2],
    ]);
  });

  test('is impossible with a bare token: the client fails when it expires', async ({
    broker,
    realtimeClient,
  }) => {
    const { token } = await requestToken(broker, { ttl: 1_000 });
    const client = realtimeClient(broker, { token });
    const states: [string, number | undefined][] = [];
    client.connection.on(({ current, reason }) => states.push([current, reason?.code]));
    await client.connection.once('failed');
    expect(states.map(([state]) => state)).toContain('connected');
    expect(states.at(-1)).toEqual(['failed', 40171]);
  });

  test('happens on resume with an expired token, and the connection resumes', async ({
    broker,
    realtimeClient,
    relayTo,
  }) => {
    const relay = await relayTo(broker);
    const lives = [400, 60_000]; // ms
    let firstExpiry: number | undefined;
    const client = realtimeClient(relay, {
      disconnectedRetryTimeout: 10,
      authCallback: (_params, callback) => {
        requestToken(broker, { ttl: lives.shift() ?? 60_000 }).then(
          (details) => {
            firstExpiry ??= details.expires;
            callback(null, details.token);
          },
          (error: Ably.ErrorInfo) => callback(error, null),
        );
      },
    });
    await client.connection.once('connected');
    const { id } = client.connection;
    relay.shut();
    await until(() => firstExpiry !== undefined && Date.now() > firstExpiry);
    relay.open();
    await client.connection.whenState('connected');
    expect([client.connection.id, lives.length]).toEqual([id, 0]);
  });
});
