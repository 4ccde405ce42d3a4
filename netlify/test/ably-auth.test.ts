import { SessionSchema, TokenRequestSchema } from '@chat/contract';
import { createHmac } from 'node:crypto';
import * as v from 'valibot';
import { describe, expect, vi } from 'vitest';
import ablyAuth from '../functions/ably-auth.ts';
import { completeEnv, getRequest, postRequest, stubEnv, test } from './fixtures.ts';

const openSession = async (body: unknown = {}) =>
  v.parse(SessionSchema, await (await ablyAuth(postRequest(JSON.stringify(body)))).json());

const DAY = 24 * 60 * 60 * 1_000;

describe('ably-auth: GET', () => {
  test('returns a plain TokenRequest, as Ably clients expect from an authUrl', async () => {
    const reply = await ablyAuth(getRequest());
    expect(reply.status).toBe(200);
    const body = await reply.json();
    expect(Object.keys(body).sort()).toEqual(
      ['capability', 'clientId', 'keyName', 'mac', 'nonce', 'timestamp', 'ttl'].sort(),
    );
    expect(v.parse(TokenRequestSchema, body).keyName).toBe('app.key');
  });

  test('returns a new clientId each time', async () => {
    const ids = await Promise.all(
      [1, 2].map(async () => (await (await ablyAuth(getRequest())).json()).clientId),
    );
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe('ably-auth: the token request', () => {
  test('allows exactly what the chat needs, for one hour', async () => {
    const { tokenRequest } = await openSession();
    expect(JSON.parse(tokenRequest.capability)).toEqual({
      'incoming-chat': ['history', 'presence', 'subscribe'],
      'outgoing-chat': ['publish'],
    });
    expect(tokenRequest.ttl).toBe(3_600_000);
  });

  test('uses the channel names of the deployment', async () => {
    stubEnv({ OUTGOING_CHANNEL: 'room:out', INCOMING_CHANNEL: 'room:in' });
    const { tokenRequest, config } = await openSession();
    expect(Object.keys(JSON.parse(tokenRequest.capability))).toEqual(['room:in', 'room:out']);
    expect(config.channels).toEqual({ outgoing: 'room:out', incoming: 'room:in' });
  });

  test('has a signature over clientId and capability', async () => {
    const { keyName, ttl, capability, clientId, timestamp, nonce, mac } = (await openSession()).tokenRequest;
    const text = [keyName, ttl, capability, clientId, timestamp, nonce].map((value) => `${String(value)}\n`);
    expect(mac).toBe(createHmac('sha256', 'ably-secret').update(text.join('')).digest('base64'));
  });
});

describe('ably-auth: POST', () => {
  test('returns a session for an empty body', async () => {
    const reply = await ablyAuth(postRequest(''));
    expect(v.is(SessionSchema, await reply.json())).toBe(true);
  });

  test('keeps the clientId of an identity over several renewals', async () => {
    const first = await openSession();
    const second = await openSession({ identity: first.identity });
    const third = await openSession({ identity: second.identity });
    expect(third.tokenRequest.clientId).toBe(first.tokenRequest.clientId);
  });

  test('also keeps the clientId of an identity in the Authorization header', async () => {
    const { identity, tokenRequest } = await openSession();
    const request = getRequest();
    request.headers.set('authorization', `Bearer ${identity}`);
    const answer = (await (await ablyAuth(request)).json()) as { clientId: string };
    expect(answer.clientId).toBe(tokenRequest.clientId);
  });

  test('extends the lifetime of the identity at each renewal', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const first = await openSession();
    vi.setSystemTime(Date.now() + 20 * DAY);
    const second = await openSession({ identity: first.identity });
    vi.setSystemTime(Date.now() + 20 * DAY);
    const third = await openSession({ identity: second.identity });
    expect(third.tokenRequest.clientId).toBe(first.tokenRequest.clientId);
  });

  test('omits the Ably address when it is the default', async () => {
    expect((await openSession()).config).toEqual({
      channels: { outgoing: 'outgoing-chat', incoming: 'incoming-chat' },
      sourceUrl: 'https://github.com/ably-labs/scalable-serverless-editable-chat-demo',
    });
  });

  test.each([
    [
      { ABLY_PORT: '8081', ABLY_TLS: 'false' },
      { endpoint: '127.0.0.1', port: 8081, tls: false },
    ],
    [{ ABLY_TLS: 'false' }, { endpoint: '127.0.0.1', port: 80, tls: false }],
    [{}, { endpoint: '127.0.0.1', port: 443, tls: true }],
  ])('returns another Ably address: %j', async (variables, address) => {
    stubEnv({ ABLY_ENDPOINT: '127.0.0.1', ...variables });
    expect((await openSession()).config.ably).toEqual(address);
  });
});

describe('ably-auth: after a rotation of the secret', () => {
  const rotate = (previous: string) =>
    stubEnv({ IDENTITY_SECRET: 'rotated-secret-of-32-characters!', IDENTITY_SECRET_PREVIOUS: previous });

  test('keeps the clientId of an identity signed with the previous one', async () => {
    const { tokenRequest, identity } = await openSession();
    rotate(completeEnv.IDENTITY_SECRET);
    expect((await openSession({ identity })).tokenRequest.clientId).toBe(tokenRequest.clientId);
  });

  test('signs with the current one, so that the previous one can go', async () => {
    const { tokenRequest, identity } = await openSession();
    rotate(completeEnv.IDENTITY_SECRET);
    const renewed = await openSession({ identity });
    rotate('');
    const answer = await openSession({ identity: renewed.identity });
    expect(answer.tokenRequest.clientId).toBe(tokenRequest.clientId);
  });
});

describe('ably-auth: another author’s clientId', () => {
  const tamper = (identity: string, change: (payload: { sub: string }) => void) => {
    const [header, payload = '', signature] = identity.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    change(claims);
    return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
  };

  test('is not returned for a tampered identity', async () => {
    const victim = (await openSession()).tokenRequest.clientId;
    const own = (await openSession()).identity;
    const forged = tamper(own, (claims) => (claims.sub = victim));
    const answer = await openSession({ identity: forged });
    expect(answer.tokenRequest.clientId).not.toBe(victim);
  });

  test('is not returned for an unsigned identity', async () => {
    const { tokenRequest, identity } = await openSession();
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    const unsigned = `${header}.${identity.split('.')[1]}.`;
    const answer = await openSession({ identity: unsigned });
    expect(answer.tokenRequest.clientId).not.toBe(tokenRequest.clientId);
  });

  test('is not returned for an identity signed with another secret', async () => {
    stubEnv({ IDENTITY_SECRET: 'another-secret-of-32-characters!' });
    const { tokenRequest, identity } = await openSession();
    stubEnv({
      IDENTITY_SECRET: completeEnv.IDENTITY_SECRET,
      IDENTITY_SECRET_PREVIOUS: 'previous-secret-of-32-characters',
    });
    const answer = await openSession({ identity });
    expect(answer.tokenRequest.clientId).not.toBe(tokenRequest.clientId);
  });

  test('is not returned for an expired identity', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { tokenRequest, identity } = await openSession();
    vi.setSystemTime(Date.now() + 31 * DAY);
    const answer = await openSession({ identity });
    expect(answer.tokenRequest.clientId).not.toBe(tokenRequest.clientId);
  });

  test('is not returned for a clientId in the body', async () => {
    const answer = await openSession({ clientId: 'another-client', identity: 'another-client' });
    expect(answer.tokenRequest.clientId).not.toBe('another-client');
  });
});

describe('ably-auth: a bad request', () => {
  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])(
    'with method %s gets 405 and the allowed methods',
    async (method) => {
      const reply = await ablyAuth(new Request(getRequest().url, { method }));
      expect(reply.status).toBe(405);
      expect(reply.headers.get('allow')).toBe('GET, POST');
    },
  );

  test.each([
    ['broken JSON', '{"identity":'],
    ['a number', '7'],
    ['an identity of another type', '{"identity":7}'],
    ['an identity that is too long', JSON.stringify({ identity: 'x'.repeat(3_000) })],
  ])('with %s as body gets 400 and one problem', async (_, body) => {
    const reply = await ablyAuth(postRequest(body));
    expect(reply.status).toBe(400);
    expect((await reply.json()).problems).toHaveLength(1);
  });

  test('with an endless body gets 413 before the body is read further', async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1_024));
      },
    });
    const request = new Request(getRequest().url, {
      method: 'POST',
      body: endless,
      duplex: 'half',
    } as RequestInit);
    expect((await ablyAuth(request)).status).toBe(413);
    expect(pulled).toBeLessThan(10);
  });
});

describe('ably-auth: every response', () => {
  test('forbids caching and allows only the same origin', async () => {
    const replies = [
      await ablyAuth(getRequest()),
      await ablyAuth(postRequest('{}')),
      await ablyAuth(postRequest('nonsense')),
    ];
    for (const { headers } of replies) {
      expect(headers.get('cache-control')).toBe('no-store');
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  test('hides the details of a wrong configuration, which are logged', async ({ logged }) => {
    stubEnv({ ABLY_API_KEY: 'broken key', IDENTITY_SECRET: 'short', ABLY_PORT: 'x' });
    const reply = await ablyAuth(getRequest());
    expect(reply.status).toBe(500);
    expect(await reply.text()).not.toMatch(/ABLY|IDENTITY|broken|short/);
    expect(logged.join()).toMatch(/ABLY_API_KEY.*IDENTITY_SECRET.*ABLY_PORT/);
    expect(logged.join()).not.toMatch(/broken key/);
  });
});
