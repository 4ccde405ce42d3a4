import { SessionSchema, type TokenRequest } from '@chat/contract';
import { startBroker, type Broker } from '@chat/broker';
import { ErrorInfo, Realtime, type ClientOptions } from 'ably';
import * as v from 'valibot';
import { expect } from 'vitest';
import ablyAuth from '../functions/ably-auth.ts';
import { completeEnv, getRequest, postRequest, test as base } from './fixtures.ts';

/* The functions and Ably's official client, against a broker that verifies every signature. */

const test = base.extend<{ broker: Broker; connect(options?: ClientOptions): Promise<Realtime> }>({
  broker: [
    async ({}, use) => {
      const broker = await startBroker({ keys: [completeEnv.ABLY_API_KEY] });
      await use(broker);
      await broker.close();
    },
    { scope: 'file' },
  ],
  connect: async ({ broker }, use) => {
    const clients: Realtime[] = [];
    await use(async (options = { authCallback: authorizeBySession }) => {
      const address = { endpoint: '127.0.0.1', port: broker.port, tls: false };
      const client = new Realtime({ ...address, logLevel: 0, ...options });
      clients.push(client);
      await client.connection.whenState('connected');
      return client;
    });
    for (const client of clients) client.close();
  },
});

const openSession = async (identity?: string) =>
  v.parse(SessionSchema, await (await ablyAuth(postRequest(JSON.stringify({ identity })))).json());

const toAbly = (request: TokenRequest) => ({ ...request, ttl: Number(request.ttl) });

const authorizeBySession: ClientOptions['authCallback'] = (_, callback) => {
  openSession().then(
    ({ tokenRequest }) => callback(null, toAbly(tokenRequest)),
    (error: unknown) => callback(String(error), null),
  );
};

const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'no error',
    (error: unknown) => (error instanceof ErrorInfo ? error.code : String(error)),
  );

test('the token request of a session connects its clientId', async ({ connect }) => {
  const { tokenRequest } = await openSession();
  const client = await connect({ authCallback: (_, callback) => callback(null, toAbly(tokenRequest)) });
  expect(client.auth.clientId).toBe(tokenRequest.clientId);
});

test('the response to a GET serves as authUrl', async ({ connect }) => {
  const client = await connect({
    authCallback: (_, callback) => {
      void ablyAuth(getRequest()).then(async (reply) => callback(null, await reply.json()));
    },
  });
  expect(client.auth.clientId).toMatch(/^[0-9a-f-]{36}$/);
});

test('the token allows publishing on the outgoing channel, and reading nothing there', async ({
  connect,
}) => {
  const channel = (await connect()).channels.get('outgoing-chat');
  expect(await codeOf(channel.publish('chatMsg', { username: 'Ada', content: 'hello' }))).toBe('no error');
  expect(await codeOf(channel.history())).toBe(40160);
  // Ably admits an attachment for any operation, in the modes that the capability allows.
  await channel.attach();
  expect(channel.modes).toEqual(['publish']);
  expect(await codeOf(channel.presence.enter({ name: 'Ada' }))).toBe(40160);
});

test('the token allows all but publishing on the incoming channel', async ({ connect }) => {
  const channel = (await connect()).channels.get('incoming-chat', { params: { rewind: '2m' } });
  expect(await codeOf(channel.attach())).toBe('no error');
  expect(await codeOf(channel.history())).toBe('no error');
  expect(await codeOf(channel.presence.enter({ name: 'Ada' }))).toBe('no error');
  expect(await codeOf(channel.publish('New message', '{}'))).toBe(40160);
});

test('the token allows no other channel', async ({ connect }) => {
  expect(await codeOf((await connect()).channels.get('elsewhere').attach())).toBe(40160);
});

test('the token request is rejected with another clientId or a wider capability', async ({ broker }) => {
  const { tokenRequest } = await openSession();
  for (const change of [{ clientId: 'another-client' }, { capability: '{"*":["*"]}' }]) {
    const answer = await fetch(`${broker.url}/keys/${tokenRequest.keyName}/requestToken`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...tokenRequest, ...change }),
    });
    expect(answer.status).toBe(401);
  }
});
