import type * as Ably from 'ably';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  aBroker,
  aConnectedRawClient,
  aRawClient,
  aRealtime,
  aRest,
  aToken,
  KEY,
  rejection,
  until,
} from './support.ts';

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
  aRest(broker).auth.createTokenRequest(params);

const aJwt = (claims: Record<string, unknown>, { kid = KEY_NAME, secret = SECRET, ttl = 60 } = {}) => {
  const iat = Math.floor(Date.now() / 1000);
  return new SignJWT({ iat, exp: iat + ttl, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid })
    .sign(Buffer.from(secret));
};

describe('token requests', () => {
  it('are answered with the details asked for, to the millisecond', async () => {
    const details = await aToken(await aBroker(), { ttl: 123, clientId: 'ann' });
    expect(details.token).toMatch(/^app1\.[\w-]+$/);
    expect(details).toMatchObject({ keyName: KEY_NAME, clientId: 'ann', capability: '{"*":["*"]}' });
    expect(details.expires - details.issued).toBe(123);
  });

  it('have an hour and no clientId unless they say so', async () => {
    const details = await aToken(await aBroker());
    expect(details.expires - details.issued).toBe(3_600_000);
    expect(details).not.toHaveProperty('clientId');
  });

  it('are verified over what was sent, numbers as text included', async () => {
    const broker = await aBroker();
    const signed = await sign(broker, { ttl: 60_000, capability: '{"room":["subscribe"]}' });
    const asText = { ...signed, ttl: String(signed.ttl), timestamp: String(signed.timestamp) };
    expect((await post(broker, asText)).status).toBe(201);
  });

  it.each([
    ['a changed capability', { capability: '{"*":["*"]}' }, 40101],
    ['a changed clientId', { clientId: 'eve' }, 40101],
    ['a wrong mac', { mac: 'AAAA' }, 40101],
    ['no mac', { mac: undefined }, 40101],
    ['another key’s name', { keyName: 'app1.other' }, 40101],
  ])('are refused with %s', async (_, change, code) => {
    const broker = await aBroker();
    const signed = await sign(broker, { capability: '{"room":["subscribe"]}' });
    const { status, body } = await post(broker, { ...signed, ...change });
    expect([status, body.error.code]).toEqual([401, code]);
  });

  it.each([
    ['too old', { timestamp: Date.now() - 180_000 }, 401, 40104],
    ['from the future', { timestamp: Date.now() + 180_000 }, 401, 40104],
    ['with a short nonce', { nonce: 'short' }, 401, 40105],
    ['living less than nothing', { ttl: -1 }, 400, 40003],
    ['living a year', { ttl: 31_536_000_000 }, 400, 40003],
    ['for an unknown operation', { capability: '{"room":["fly"]}' }, 400, 40000],
    ['for everything and more', { capability: '{"room":["*","publish"]}' }, 400, 40000],
    ['for nothing', { capability: '{"room":[]}' }, 400, 40000],
  ])('are refused when %s, though well signed', async (_, params, status, code) => {
    const broker = await aBroker();
    const answer = await post(broker, await sign(broker, params as Ably.TokenParams));
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it('are good for once', async () => {
    const broker = await aBroker();
    const signed = await sign(broker);
    expect((await post(broker, signed)).status).toBe(201);
    expect((await post(broker, signed)).body.error.code).toBe(40105);
  });

  it('need no mac from who shows the key itself', async () => {
    const broker = await aBroker();
    const ask = (key: string) =>
      fetch(`${broker.url}/keys/${KEY_NAME}/requestToken`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(key).toString('base64')}` },
        body: JSON.stringify({ keyName: KEY_NAME }),
      });
    expect((await ask(KEY)).status).toBe(201);
    expect((await ask(`${KEY_NAME}:wrong`)).status).toBe(401);
  });

  it('for an unknown key are told so', async () => {
    const response = await fetch(`${(await aBroker()).url}/keys/app1.nothing/requestToken`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 40400 } });
  });
});

describe('tokens', () => {
  it('outlive the broker that issued them, for its successor knows the key', async () => {
    const first = await aBroker();
    const { token } = await aToken(first, { clientId: 'ann' });
    await first.close();
    const client = aRealtime(await aBroker(), { token });
    await client.connection.once('connected');
    expect(client.auth.clientId).toBe('ann');
  });

  it('are refused when altered, in any part', async () => {
    const broker = await aBroker();
    const { token } = await aToken(broker, { capability: { room: ['subscribe'] } });
    const bytes = Buffer.from(token.slice('app1.'.length), 'base64url');
    for (const at of [0, 31, bytes.length - 4]) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      const forged = `app1.${altered.toString('base64url')}`;
      const { error } = await (await aRawClient(broker, { access_token: forged })).next(9);
      expect([40143, 40145]).toContain(error.code);
    }
  });

  it('end to the millisecond: at connect, over REST and on a live connection', async () => {
    const broker = await aBroker();
    const { token } = await aToken(broker, { ttl: 1 });
    const { token: lasting } = await aToken(broker, { ttl: 250 });
    const { client } = await aConnectedRawClient(broker, { access_token: lasting });
    const expired = await aRawClient(broker, { access_token: token });
    expect((await expired.next(9)).error).toMatchObject({ code: 40142, statusCode: 401 });
    const response = await fetch(`${broker.url}/channels/room/messages?access_token=${token}`);
    expect([response.status, response.headers.get('x-ably-errorcode')]).toEqual([401, '40142']);
    expect((await client.next(6)).error.code).toBe(40142);
    expect(client.received.filter(({ action }) => action === 17)).toEqual([]); // too short to be worth a prompt
    await client.closed();
  });

  it('are renewed before they end, without leaving the connection', async () => {
    const broker = await aBroker({ timing: { authPromptBefore: 1_000, authPromptLeast: 100 } });
    let issued = 0;
    const client = aRealtime(broker, {
      authCallback: (_params, callback) => {
        issued += 1;
        aToken(broker, { clientId: 'ann', ttl: issued === 1 ? 1_100 : 60_000 }).then(
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

  it.each([
    ['X', undefined, 'X'],
    ['X', 'X', 'X'],
    ['X', 'Y', 40102],
    ['*', undefined, '*'],
    ['*', 'Y', 'Y'],
    [undefined, undefined, undefined],
    [undefined, 'Y', 40102],
  ])('for clientId %s with the claim to be %s make it %s', async (ofToken, claimed, expected) => {
    const broker = await aBroker();
    const { token } = await aToken(broker, ofToken === undefined ? {} : { clientId: ofToken });
    const client = await aRawClient(broker, {
      access_token: token,
      ...(claimed !== undefined && { clientId: claimed }),
    });
    if (typeof expected === 'number') expect((await client.next(9)).error.code).toBe(expected);
    else expect((await client.next(4)).connectionDetails.clientId).toBe(expected);
  });
});

describe('capabilities', () => {
  it('of a token are those asked for, sorted', async () => {
    const capability: Ably.TokenParams['capability'] = { room: ['subscribe', 'publish'], 'a:*': ['*'] };
    const details = await aToken(await aBroker(), { capability });
    expect(details.capability).toBe('{"a:*":["*"],"room":["publish","subscribe"]}');
  });

  it('are enforced on each operation', async () => {
    const broker = await aBroker();
    const { token } = await aToken(broker, {
      capability: { out: ['publish', 'presence'], in: ['subscribe', 'history'] },
    });
    const rest = aRest(broker, { token });
    await rest.channels.get('out').publish('x', undefined);
    await rest.channels.get('in').history();
    for (const denied of [
      () => rest.channels.get('in').publish('x', undefined),
      () => rest.channels.get('out').history(),
      () => rest.channels.get('out').status(),
      () => aRealtime(broker, { token }).channels.get('in').publish('x', undefined),
    ]) {
      expect(await rejection(denied())).toMatchObject({ code: 40160, statusCode: 401 });
    }
  });

  it('change in band: a channel no longer allowed fails, others stay', async () => {
    const broker = await aBroker();
    const client = aRealtime(broker, { useTokenAuth: true });
    const [room, vault] = [client.channels.get('room'), client.channels.get('vault')];
    await Promise.all([room.attach(), vault.attach()]);
    const failed = vault.once('failed');
    await client.auth.authorize({ capability: { room: ['*'] } });
    expect((await failed).reason?.code).toBe(40160);
    expect([room.state, client.connection.state]).toEqual(['attached', 'connected']);
  });

  it('cannot be extended by re-authenticating as somebody else', async () => {
    const broker = await aBroker();
    const tokens = await Promise.all(['ann', 'bob'].map((clientId) => aToken(broker, { clientId })));
    const { client } = await aConnectedRawClient(broker, { access_token: tokens[0]?.token ?? '' });
    client.send({ action: 17, auth: { accessToken: tokens[1]?.token } });
    expect((await client.next(9)).error.code).toBe(40102);
    await client.closed();
  });
});

describe('JWTs', () => {
  it('are accepted with their claims', async () => {
    const broker = await aBroker();
    const token = await aJwt({ 'x-ably-clientId': 'ann', 'x-ably-capability': '{"room":["publish"]}' });
    const client = aRealtime(broker, { token });
    await client.channels.get('room').publish('x', undefined);
    expect(client.auth.clientId).toBe('ann');
    expect((await rejection(client.channels.get('vault').publish('x', undefined))).code).toBe(40160);
  });

  it.each([
    ['signed with another secret', {}, { secret: 'another' }, 401, 40101],
    ['of an unknown key', {}, { kid: 'app1.nothing' }, 404, 40400],
    ['expired', {}, { ttl: -1 }, 401, 40144],
    ['just expired', { iat: Date.now() / 1000 - 10, exp: Date.now() / 1000 - 0.001 }, {}, 401, 40142],
    ['without an end', { exp: undefined }, {}, 401, 40144],
    ['living two days', {}, { ttl: 172_800 }, 401, 40144],
  ])('are refused when %s', async (_, claims, options, status, code) => {
    const token = await aJwt(claims, options);
    const { url } = await aBroker();
    const response = await fetch(`${url}/stats`, { headers: { authorization: `Bearer ${token}` } });
    expect([response.status, response.headers.get('x-ably-errorcode')]).toEqual([status, String(code)]);
  });
});
