import type * as Ably from 'ably';
import { SignJWT } from 'jose';
import { describe, expect } from 'vitest';
import type { Broker } from '../src/index.ts';
import { Action } from '../src/protocol/actions.ts';
import { rejection, restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

const HOUR = 3_600_000;

/** Creates an app with a key whose tokens can be revoked, and one whose tokens cannot. */
async function revocableApp({ url }: Broker): Promise<[revocable: string, other: string]> {
  const body = JSON.stringify({ keys: [{ revocableTokens: true }, {}] });
  const response = await fetch(`${url}/apps`, { method: 'POST', body });
  const { keys } = (await response.json()) as { keys: { keyStr: string; revocableTokens: boolean }[] };
  expect(keys.map(({ revocableTokens }) => revocableTokens)).toEqual([true, false]);
  return keys.map(({ keyStr }) => keyStr) as [string, string];
}

async function jwt(key: string, claims: object, expires = '1h'): Promise<string> {
  const [kid = '', secret = ''] = key.split(':');
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256', kid, typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(Buffer.from(secret));
}

const revoke = (rest: Ably.Rest, type: string, value: string, options?: Ably.TokenRevocationOptions) =>
  rest.auth.revokeTokens([{ type, value }], options);

describe('revoking tokens', () => {
  test('disconnects their clients with 40141 and rejects them, but no other and no newer token', async ({
    broker,
    realtimeClient,
    connect,
  }) => {
    const [key] = await revocableApp(broker);
    const rest = restClient(broker, { key });
    const tokens = await Promise.all(
      ['ann', 'bob', 'eve'].map((clientId) => rest.auth.requestToken({ clientId })),
    );
    const [ann, bob, eve] = tokens.map((token) => realtimeClient(broker, { token: token.token }));
    await until(() => [ann, bob, eve].every((client) => client?.connection.state === 'connected'));
    const disconnected = [ann, bob].flatMap((client) => client?.connection.once('disconnected') ?? []);

    const result = await rest.auth.revokeTokens([
      { type: 'clientId', value: 'ann' },
      { type: 'clientId', value: 'bob' },
      { type: 'invalidType', value: 'abc' },
    ]);
    expect(result).toMatchObject({ successCount: 2, failureCount: 1 });
    expect(result.results).toEqual([
      { target: 'clientId:ann', issuedBefore: expect.any(Number), appliesAt: expect.any(Number) },
      { target: 'clientId:bob', issuedBefore: expect.any(Number), appliesAt: expect.any(Number) },
      { target: 'invalidType:abc', error: expect.objectContaining({ statusCode: 400 }) },
    ]);
    for (const change of await Promise.all(disconnected)) expect(change.reason?.code).toBe(40141);
    const old = await fetch(`${broker.url}/channels/room/messages`, {
      headers: { authorization: `Bearer ${tokens[0]?.token}` },
    });
    expect([old.status, await old.json()]).toMatchObject([401, { error: { code: 40141 } }]);
    expect(eve?.connection.state).toBe('connected');
    const { token } = await rest.auth.requestToken({ clientId: 'ann' });
    expect((await connect(broker, { access_token: token })).connected.action).toBe(Action.CONNECTED);
  });

  test('by revocationKey affects the JWTs that have it', async ({ broker, connect, rawClient }) => {
    const [key] = await revocableApp(broker);
    const [blue, green] = [
      await jwt(key, { iat: 0, 'x-ably-revocation-key': 'blue' }),
      await jwt(key, { 'x-ably-revocation-key': 'green' }),
    ];
    const first = (await connect(broker, { access_token: blue })).client;
    const second = (await connect(broker, { access_token: green })).client;
    // A JWT knows whole seconds only: it was issued before, from the next second on.
    const issuedBefore = await nextSecond();
    await revoke(restClient(broker, { key }), 'revocationKey', 'blue', { issuedBefore });
    expect(await first.next(Action.DISCONNECTED)).toMatchObject({ error: { code: 40141, statusCode: 401 } });
    const again = await rawClient(broker, { access_token: blue });
    expect(await again.next(Action.ERROR)).toMatchObject({ error: { code: 40141 } });
    await second.settled();
    expect(second.closeCode).toBeUndefined();
  });

  test('with allowReauthMargin prompts clients to renew, and disconnects those that do not', async ({
    startBroker,
    connect,
    realtimeClient,
  }) => {
    const broker = await startBroker({ timing: { revocationMargin: 700 } });
    const [key] = await revocableApp(broker);
    const rest = restClient(broker, { key });
    const params = { clientId: 'ann' };
    const { token } = await rest.auth.requestToken(params);
    const { client } = await connect(broker, { access_token: token });
    let renewals = 0;
    const renewing = realtimeClient(broker, {
      authCallback: (_params, callback) => {
        renewals += 1;
        rest.auth.requestToken(params).then(
          (details) => callback(null, details),
          () => undefined,
        );
      },
    });
    await renewing.connection.once('connected');
    const states: string[] = [];
    renewing.connection.on((change) => states.push(change.current));
    const { results } = await revoke(rest, 'clientId', 'ann', { allowReauthMargin: true });
    const [{ issuedBefore, appliesAt }] = results as [Ably.TokenRevocationSuccessResult];
    expect(appliesAt - issuedBefore).toBe(700);
    await client.next(Action.AUTH);
    expect(client.closeCode).toBeUndefined();
    expect(await client.next(Action.DISCONNECTED)).toMatchObject({ error: { code: 40141 } });
    expect([renewals, states]).toEqual([2, ['connected']]);
  });

  test.for([
    [{ issuedBefore: Date.now() + HOUR }, 40003],
    [{ issuedBefore: Date.now() - 2 * HOUR }, 40003],
    [{ issuedBefore: 'now' }, 40000],
    [{ allowReauthMargin: 1 }, 40000],
  ] as const)('rejects %j', async ([options, code], { broker }) => {
    const [key] = await revocableApp(broker);
    const body = { targets: ['clientId:ann'], ...options };
    const path = `/keys/${key.split(':')[0]}/revokeTokens`;
    const reply = await restClient(broker, { key }).request('post', path, 3, {}, body, {});
    expect([reply.statusCode, reply.errorCode]).toEqual([400, code]);
  });

  test('needs the key itself, and a key with revocableTokens', async ({ broker }) => {
    const [key, other] = await revocableApp(broker);
    const body = { targets: ['clientId:ann'] };
    const path = (owner: string) => `/keys/${owner.split(':')[0]}/revokeTokens`;
    const { token } = await restClient(broker, { key }).auth.requestToken();
    for (const [credentials, owner, code] of [
      [{ token }, key, 40162],
      [{ key: other }, key, 40133],
      [{ key: other }, other, 40163],
    ] as const) {
      const reply = await restClient(broker, credentials).request('post', path(owner), 3, {}, body, {});
      expect([reply.statusCode, reply.errorCode]).toEqual([401, code]);
    }
  });

  test('is possible because such tokens live at most one hour', async ({ broker, rawClient }) => {
    const [key, other] = await revocableApp(broker);
    const { expires, issued } = await restClient(broker, { key }).auth.requestToken();
    expect(expires - issued).toBe(HOUR);
    const tooLong = restClient(broker, { key }).auth.requestToken({ ttl: HOUR + 1 });
    expect(await rejection(tooLong)).toMatchObject({ code: 40003, statusCode: 400 });
    await restClient(broker, { key: other }).auth.requestToken({ ttl: HOUR + 1 });
    const client = await rawClient(broker, { access_token: await jwt(key, {}, '2h') });
    expect(await client.next(Action.ERROR)).toMatchObject({ error: { code: 40144 } });
  });
});

/** Waits for the start of the next second, and returns it. */
async function nextSecond(): Promise<number> {
  const second = (Math.floor(Date.now() / 1_000) + 1) * 1_000;
  await until(() => Date.now() >= second);
  return second;
}
