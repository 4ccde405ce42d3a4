import type * as Ably from 'ably';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { aBroker, aRealtime, aRelay, aToken, KEY, rejection, until } from './support.ts';

describe('re-authentication', () => {
  const connect = async (capability: Ably.TokenParams['capability']) => {
    const broker = await aBroker();
    const { token } = await aToken(broker, { clientId: 'ann', capability });
    const client = aRealtime(broker, { token });
    const changes: string[] = [];
    await client.connection.once('connected');
    client.connection.on(({ current }) => changes.push(current));
    const channel = client.channels.get('room');
    const renew = async (next: Ably.TokenParams['capability']) =>
      client.auth.authorize(
        undefined,
        (await aToken(broker, { clientId: 'ann', capability: next })) as never,
      );
    return { channel, renew, changes };
  };

  it('opens a channel that was closed before', async () => {
    const { channel, renew } = await connect({ elsewhere: ['*'] });
    expect((await rejection(channel.attach())).code).toBe(40160);
    await renew({ elsewhere: ['*'], room: ['*'] });
    await channel.attach();
  });

  it('gives and takes the right to publish while the channel stays attached', async () => {
    const { channel, renew, changes } = await connect({ room: ['subscribe'] });
    await channel.attach();
    expect((await rejection(channel.publish('x', undefined))).code).toBe(40160);
    await renew({ room: ['subscribe', 'publish'] });
    await channel.publish('x', undefined);
    await renew({ room: ['subscribe'] });
    expect((await rejection(channel.publish('x', undefined))).code).toBe(40160);
    expect(channel.state).toBe('attached');
    expect(new Set(changes)).toEqual(new Set(['connected'])); // updates only
  });

  it(
    'is asked of a JWT that lives 35 s after 5 s, without leaving the connection',
    { timeout: 15_000 },
    async () => {
      const [kid = '', secret = ''] = KEY.split(':');
      const jwt = () => {
        const iat = Date.now() / 1_000;
        const signer = new SignJWT({ iat, exp: iat + 35, 'x-ably-clientId': 'ann' });
        return signer.setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid }).sign(Buffer.from(secret));
      };
      let calls = 0;
      const client = aRealtime(await aBroker(), {
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

  it('with a token that is expired again ends disconnected, after two tries, never connected', async () => {
    const broker = await aBroker();
    const expired = await aToken(broker, { ttl: 1 });
    await until(() => Date.now() > expired.expires);
    let calls = 0;
    const client = aRealtime(broker, {
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

  it('is not possible for a bare token: its end fails the client for good', async () => {
    const broker = await aBroker();
    const { token } = await aToken(broker, { ttl: 200 });
    const client = aRealtime(broker, { token });
    const states: [string, number | undefined][] = [];
    client.connection.on(({ current, reason }) => states.push([current, reason?.code]));
    await client.connection.once('failed');
    expect(states.map(([state]) => state)).toContain('connected');
    expect(states.at(-1)).toEqual(['failed', 40171]);
  });

  it('on resume with an expired token renews it and resumes', async () => {
    const broker = await aBroker();
    const relay = await aRelay(broker);
    const lives = [400, 60_000];
    const client = aRealtime(relay, {
      disconnectedRetryTimeout: 10,
      authCallback: (_params, callback) => {
        aToken(broker, { ttl: lives.shift() ?? 60_000 }).then(
          ({ token }) => callback(null, token),
          (error: Ably.ErrorInfo) => callback(error, null),
        );
      },
    });
    await client.connection.once('connected');
    const { id } = client.connection;
    relay.shut();
    await new Promise((resolve) => setTimeout(resolve, 450)); // the token's own life
    relay.open();
    await client.connection.whenState('connected');
    expect([client.connection.id, lives.length]).toEqual([id, 0]);
  });
});
