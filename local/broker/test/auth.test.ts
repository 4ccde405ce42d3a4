import type * as Ably from 'ably';
import { SignJWT } from 'jose';
import { describe, expect } from 'vitest';
import { Action } from '../src/protocol/actions.ts';
import { KEY, rejection, requestToken, restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

const [KEY_NAME = '', SECRET = ''] = KEY.split(':');

async function post(broker: { url: string }, tokenRequest: object) {
  const response = await fetch(`${broker.url}/keys/${KEY_NAME}/requestToken`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(tokenRequest),
  });
  return {
    status: response.status,
    body: (await response.json()) as Ably.TokenDetails & { error: Ably.ErrorInfo },
  };
}

const sign = (broker: { port: number }, params: Ably.TokenParams = {}) =>
  restClient(broker).auth.createTokenRequest(params);

const aJwt = (claims: Record<string, unknown>, { kid = KEY_NAME, secret = SECRET, ttl = 60 } = {}) => {
  const iat = Math.floor(Date.now() / 1000);
  return new SignJWT({ iat, exp: iat + ttl, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid })
    .sign(Buffer.from(secret));
};

describe('a token request', () => {
  test('gets the requested details, with a ttl in milliseconds', async ({ broker }) => {
    const details = await requestToken(broker, { ttl: 123, clientId: 'ann' });
    expect(details.token).toMatch(/^app1\.[\w-]+$/);
    expect(details).toMatchObject({ keyName: KEY_NAME, clientId: 'ann', capability: '{"[*]*":["*"]}' });
    expect(details.expires - details.issued).toBe(123);
  });

  test('defaults to an hour and no clientId', async ({ broker }) => {
    const details = await requestToken(broker);
    expect(details.expires - details.issued).toBe(3_600_000);
    expect(details).not.toHaveProperty('clientId');
  });

  test('is verified over the text as sent, also for numbers sent as strings', async ({ broker }) => {
    const signed = await sign(broker, { ttl: 60_000, capability: '{"room":["subscribe"]}' });
    const asText = { ...signed, ttl: String(signed.ttl), timestamp: String(signed.timestamp) };
    expect((await post(broker, asText)).status).toBe(201);
  });

  test.for([
    ['a changed capability', { capability: '{"*":["*"]}' }, 40101],
    ['a changed clientId', { clientId: 'eve' }, 40101],
    ['a wrong mac', { mac: 'AAAA' }, 40101],
    ['no mac', { mac: undefined }, 40101],
    ['another key’s name', { keyName: 'app1.other' }, 40101],
  ] as const)('with %s is rejected', async ([, change, code], { broker }) => {
    const signed = await sign(broker, { capability: '{"room":["subscribe"]}' });
    const { status, body } = await post(broker, { ...signed, ...change });
    expect([status, body.error.code]).toEqual([401, code]);
  });

  test.for([
    ['is too old', { timestamp: Date.now() - 180_000 }, 401, 40104],
    ['is from the future', { timestamp: Date.now() + 180_000 }, 401, 40104],
    ['has a short nonce', { nonce: 'short' }, 401, 40105],
    ['has a negative ttl', { ttl: -1 }, 400, 40003],
    ['has a ttl of a year', { ttl: 31_536_000_000 }, 400, 40003],
    ['is for an unknown operation', { capability: '{"room":["fly"]}' }, 400, 40000],
    ['has * beside another operation', { capability: '{"room":["*","publish"]}' }, 400, 40000],
    ['is for no operation', { capability: '{"room":[]}' }, 400, 40000],
  ] as const)('that is signed but %s is rejected', async ([, params, status, code], { broker }) => {
    const answer = await post(broker, await sign(broker, params as Ably.TokenParams));
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  test('is accepted once', async ({ broker }) => {
    const signed = await sign(broker);
    expect((await post(broker, signed)).status).toBe(201);
    expect((await post(broker, signed)).body.error.code).toBe(40105);
  });

  test('needs no mac when authenticated with the key itself', async ({ broker }) => {
    const requestWith = (key: string) =>
      fetch(`${broker.url}/keys/${KEY_NAME}/requestToken`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(key).toString('base64')}` },
        body: JSON.stringify({ keyName: KEY_NAME }),
      });
    expect((await requestWith(KEY)).status).toBe(201);
    expect((await requestWith(`${KEY_NAME}:wrong`)).status).toBe(401);
  });

  test('for an unknown key gets 40400', async ({ broker }) => {
    const response = await fetch(`${broker.url}/keys/app1.nothing/requestToken`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 40400 } });
  });
});

describe('a token', () => {
  test('stays valid after the broker restarts', async ({ startBroker, realtimeClient }) => {
    const first = await startBroker();
    const { token } = await requestToken(first, { clientId: 'ann' });
    await first.close();
    const client = realtimeClient(await startBroker(), { token });
    await client.connection.once('connected');
    expect(client.auth.clientId).toBe('ann');
  });

  test('is rejected when any part is altered', async ({ broker, rawClient }) => {
    const { token } = await requestToken(broker, { capability: { room: ['subscribe'] } });
    const bytes = Buffer.from(token.slice('app1.'.length), 'base64url');
    for (const at of [0, 31, bytes.length - 4]) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      const forged = `app1.${altered.toString('base64url')}`;
      const { error } = await (await rawClient(broker, { access_token: forged })).next(Action.ERROR);
      expect([40143, 40145]).toContain(error.code);
    }
  });

  test('expires to the millisecond: on connect, over REST and on a live connection', async ({
    broker,
    rawClient,
    connect,
  }) => {
    const { token } = await requestToken(broker, { ttl: 1 });
    const { token: lasting } = await requestToken(broker, { ttl: 1_000 });
    const { client } = await connect(broker, { access_token: lasting });
    const expired = await rawClient(broker, { access_token: token });
    expect((await expired.next(Action.ERROR)).error).toMatchObject({ code: 40142, statusCode: 401 });
    const response = await fetch(`${broker.url}/channels/room/messages?access_token=${token}`);
    expect([response.status, response.headers.get('x-ably-errorcode')]).toEqual([401, '40142']);
    expect((await client.next(Action.DISCONNECTED)).error.code).toBe(40142);
    // Below authPromptMinimum, the broker does not prompt for renewal.
    expect(client.received.filter(({ action }) => action === Action.AUTH)).toEqual([]);
    await client.closed();
  });

  test('is renewed before it expires, on the same connection', async ({ startBroker, realtimeClient }) => {
    const broker = await startBroker({ timing: { authPromptBefore: 1_000, authPromptMinimum: 100 } });
    let issued = 0;
    const client = realtimeClient(broker, {
      authCallback: (_params, callback) => {
        issued += 1;
        requestToken(broker, { clientId: 'ann', ttl: issued === 1 ? 1_100 : 60_000 }).then(
          (details) => callback(null, details),
          (error: Ably.ErrorInfo) => callback(error, null),
        );
      },
    });
    const states: string[] = [];
    client.connection.on(({ previous, current }) => states.push(previous === current ? 'update' : current));
    await until(() => states.includes('update'));
    expect(states).toEqual(['connecting', 'connected', 'update']);
  });

  test.for([
    ['X', undefined, 'X'],
    ['X', 'X', 'X'],
    ['X', 'Y', 40102],
    ['*', undefined, '*'],
    ['*', 'Y', 'Y'],
    [undefined, undefined, undefined],
    [undefined, 'Y', 40102],
  ] as const)(
    'for clientId %s with the claimed clientId %s results in %s',
    async ([ofToken, claimed, expected], { broker, rawClient }) => {
      const { token } = await requestToken(broker, ofToken === undefined ? {} : { clientId: ofToken });
      const client = await rawClient(broker, {
        access_token: token,
        ...(claimed !== undefined && { clientId: claimed }),
      });
      if (typeof expected === 'number') expect((await client.next(Action.ERROR)).error.code).toBe(expected);
      else expect((await client.next(Action.CONNECTED)).connectionDetails.clientId).toBe(expected);
    },
  );
});

describe('a capability', () => {
  test('of a token is the requested one, sorted', async ({ broker }) => {
    const capability: Ably.TokenParams['capability'] = { room: ['subscribe', 'publish'], 'a:*': ['*'] };
    const details = await requestToken(broker, { capability });
    expect(details.capability).toBe('{"a:*":["*"],"room":["publish","subscribe"]}');
  });

  test('is enforced on each operation', async ({ broker, realtimeClient }) => {
    const { token } = await requestToken(broker, {
      capability: { out: ['publish', 'presence'], in: ['subscribe', 'history'] },
    });
    const rest = restClient(broker, { token });
    await rest.channels.get('out').publish('x', undefined);
    await rest.channels.get('in').history();
    for (const denied of [
      () => rest.channels.get('in').publish('x', undefined),
      () => rest.channels.get('out').history(),
      () => rest.channels.get('out').status(),
      () => realtimeClient(broker, { token }).channels.get('in').publish('x', undefined),
    ]) {
      expect(await rejection(denied())).toMatchObject({ code: 40160, statusCode: 401 });
    }
  });

  test('can change on a live connection: a channel no longer allowed fails, others stay', async ({
    broker,
    realtimeClient,
  }) => {
    const client = realtimeClient(broker, { useTokenAuth: true });
    const [room, vault] = [client.channels.get('room'), client.channels.get('vault')];
    await Promise.all([room.attach(), vault.attach()]);
    const failed = vault.once('failed');
    await client.auth.authorize({ capability: { room: ['*'] } });
    expect((await failed).reason?.code).toBe(40160);
    expect([room.state, client.connection.state]).toEqual(['attached', 'connected']);
  });

  test('cannot be extended by re-authenticating as another client', async ({ broker, connect }) => {
    const tokens = await Promise.all(['ann', 'bob'].map((clientId) => requestToken(broker, { clientId })));
    const { client } = await connect(broker, { access_token: tokens[0]?.token ?? '' });
    client.send({ action: Action.AUTH, auth: { accessToken: tokens[1]?.token } });
    expect((await client.next(Action.ERROR)).error.code).toBe(40102);
    await client.closed();
  });
});

describe('a JWT', () => {
  test('is accepted with its claims', async ({ broker, realtimeClient }) => {
    const token = await aJwt({ 'x-ably-clientId': 'ann', 'x-ably-capability': '{"room":["publish"]}' });
    const client = realtimeClient(broker, { token });
    await client.channels.get('room').publish('x', undefined);
    expect(client.auth.clientId).toBe('ann');
    expect((await rejection(client.channels.get('vault').publish('x', undefined))).code).toBe(40160);
  });

  test.for([
    ['signed with another secret', {}, { secret: 'another' }, 401, 40101],
    ['of an unknown key', {}, { kid: 'app1.nothing' }, 404, 40400],
    ['expired', {}, { ttl: -1 }, 401, 40144],
    ['just expired', { iat: Date.now() / 1000 - 10, exp: Date.now() / 1000 - 0.001 }, {}, 401, 40142],
    ['without expiry', { exp: undefined }, {}, 401, 40144],
    ['valid for two days', {}, { ttl: 172_800 }, 401, 40144],
  ] as const)('is rejected when %s', async ([, claims, options, status, code], { broker }) => {
    const token = await aJwt(claims, options);
    const { url } = broker;
    const response = await fetch(`${url}/stats`, { headers: { authorization: `Bearer ${token}` } });
    expect([response.status, response.headers.get('x-ably-errorcode')]).toEqual([status, String(code)]);
  });
});
