import { SessionSchema, TokenRequestSchema } from '@chat/contract';
import { createHmac } from 'node:crypto';
import * as v from 'valibot';
import { describe, expect, test, vi } from 'vitest';
import ablyAuth from '../functions/ably-auth.ts';
import { completeEnv, getRequest, postRequest, stubEnv, useFunctions } from './support.ts';

const { logged } = useFunctions();

const openSession = async (body: unknown = {}) =>
  v.parse(SessionSchema, await (await ablyAuth(postRequest(JSON.stringify(body)))).json());

const DAY = 24 * 60 * 60 * 1_000;

describe('GET', () => {
  test('answers a plain TokenRequest, as any Ably client expects from its authUrl', async () => {
    const reply = await ablyAuth(getRequest());
    expect(reply.status).toBe(200);
    const body = await reply.json();
    expect(Object.keys(body).sort()).toEqual(
      ['capability', 'clientId', 'keyName', 'mac', 'nonce', 'timestamp', 'ttl'].sort(),
    );
    expect(v.parse(TokenRequestSchema, body).keyName).toBe('app.key');
  });

  test('is a new person each time', async () => {
    const ids = await Promise.all(
      [1, 2].map(async () => (await (await ablyAuth(getRequest())).json()).clientId),
    );
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe('the token request', () => {
  test('allows exactly what the chat needs, for one hour', async () => {
    const { tokenRequest } = await openSession();
    expect(JSON.parse(tokenRequest.capability)).toEqual({
      'incoming-chat': ['history', 'subscribe'],
      'outgoing-chat': ['presence', 'publish', 'subscribe'],
    });
    expect(tokenRequest.ttl).toBe(3_600_000);
  });

  test('names the channels of the deployment', async () => {
    stubEnv({ OUTGOING_CHANNEL: 'room:out', INCOMING_CHANNEL: 'room:in' });
    const { tokenRequest, config } = await openSession();
    expect(Object.keys(JSON.parse(tokenRequest.capability))).toEqual(['room:in', 'room:out']);
    expect(config.channels).toEqual({ outgoing: 'room:out', incoming: 'room:in' });
  });

  test('is signed over clientId and capability, so that neither can be changed', async () => {
    const { keyName, ttl, capability, clientId, timestamp, nonce, mac } = (await openSession()).tokenRequest;
    const text = [keyName, ttl, capability, clientId, timestamp, nonce].map((value) => `${String(value)}\n`);
    expect(mac).toBe(createHmac('sha256', 'ably-secret').update(text.join('')).digest('base64'));
  });
});

describe('POST', () => {
  test('without an identity makes a new person, also with an empty body', async () => {
    const reply = await ablyAuth(postRequest(''));
    expect(v.is(SessionSchema, await reply.json())).toBe(true);
  });

  test('with the identity of an earlier answer keeps the clientId, time after time', async () => {
    const first = await openSession();
    const second = await openSession({ identity: first.identity });
    const third = await openSession({ identity: second.identity });
    expect(third.tokenRequest.clientId).toBe(first.tokenRequest.clientId);
  });

  test('renews the identity, so that an open tab never outlives it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const first = await openSession();
    vi.setSystemTime(Date.now() + 20 * DAY);
    const second = await openSession({ identity: first.identity });
    vi.setSystemTime(Date.now() + 20 * DAY);
    const third = await openSession({ identity: second.identity });
    expect(third.tokenRequest.clientId).toBe(first.tokenRequest.clientId);
  });

  test('tells the page the default Ably address by leaving it out', async () => {
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
  ])('tells the page another Ably address: %j', async (variables, address) => {
    stubEnv({ ABLY_ENDPOINT: '127.0.0.1', ...variables });
    expect((await openSession()).config.ably).toEqual(address);
  });
});

describe('a clientId that is not one’s own', () => {
  const tamper = (identity: string, change: (payload: { sub: string }) => void) => {
    const [header, payload = '', signature] = identity.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    change(claims);
    return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
  };

  test('is not given for a tampered identity', async () => {
    const victim = (await openSession()).tokenRequest.clientId;
    const mine = (await openSession()).identity;
    const forged = tamper(mine, (claims) => (claims.sub = victim));
    const answer = await openSession({ identity: forged });
    expect(answer.tokenRequest.clientId).not.toBe(victim);
  });

  test('is not given for an unsigned identity', async () => {
    const { tokenRequest, identity } = await openSession();
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    const unsigned = `${header}.${identity.split('.')[1]}.`;
    const answer = await openSession({ identity: unsigned });
    expect(answer.tokenRequest.clientId).not.toBe(tokenRequest.clientId);
  });

  test('is not given for an identity signed with another secret', async () => {
    stubEnv({ IDENTITY_SECRET: 'another-secret-of-32-characters!' });
    const { tokenRequest, identity } = await openSession();
    stubEnv({ IDENTITY_SECRET: completeEnv.IDENTITY_SECRET });
    const answer = await openSession({ identity });
    expect(answer.tokenRequest.clientId).not.toBe(tokenRequest.clientId);
  });

  test('is not given for an expired identity', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { tokenRequest, identity } = await openSession();
    vi.setSystemTime(Date.now() + 31 * DAY);
    const answer = await openSession({ identity });
    expect(answer.tokenRequest.clientId).not.toBe(tokenRequest.clientId);
  });

  test('is not given for the asking', async () => {
    const answer = await openSession({ clientId: 'somebody-else', identity: 'somebody-else' });
    expect(answer.tokenRequest.clientId).not.toBe('somebody-else');
  });
});

describe('bad requests', () => {
  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])(
    '%s is refused, naming what is allowed',
    async (method) => {
      const reply = await ablyAuth(new Request(getRequest().url, { method }));
      expect(reply.status).toBe(405);
      expect(reply.headers.get('allow')).toBe('GET, POST');
    },
  );

  test.each([
    ['no JSON', '{"identity":'],
    ['no object', '7'],
    ['an identity of another type', '{"identity":7}'],
    ['an identity that is too long', JSON.stringify({ identity: 'x'.repeat(3_000) })],
  ])('a body with %s is refused', async (_, body) => {
    const reply = await ablyAuth(postRequest(body));
    expect(reply.status).toBe(400);
    expect((await reply.json()).problems).toHaveLength(1);
  });

  test('a body beyond the limit is refused without being read to its end', async () => {
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

describe('every answer', () => {
  test('may not be stored, and is for the same origin only', async () => {
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

  test('hides from the browser what the log says about a wrong configuration', async () => {
    stubEnv({ ABLY_API_KEY: 'broken key', IDENTITY_SECRET: 'short', ABLY_PORT: 'x' });
    const reply = await ablyAuth(getRequest());
    expect(reply.status).toBe(500);
    expect(await reply.text()).not.toMatch(/ABLY|IDENTITY|broken|short/);
    expect(logged.join()).toMatch(/ABLY_API_KEY.*IDENTITY_SECRET.*ABLY_PORT/);
    expect(logged.join()).not.toMatch(/broken key/);
  });
});
