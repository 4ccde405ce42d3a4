import { SessionSchema, type TokenRequest } from '@chat/contract';
import { startBroker, type Broker } from '@chat/broker';
import { ErrorInfo, Realtime, type ClientOptions } from 'ably';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import ablyAuth from '../functions/ably-auth.ts';
import { completeEnv, getRequest, postRequest, useFunctions } from './support.ts';

/** The official client, the functions as they are, and a broker that verifies every signature. */
useFunctions();

let broker: Broker;
let client: Realtime;

beforeAll(async () => {
  broker = await startBroker({ keys: [completeEnv.ABLY_API_KEY] });
});
afterAll(() => broker.close());

beforeEach(() => (client = connect({ authCallback: giveSessionToken })));
afterEach(() => client.close());

function connect(options: ClientOptions): Realtime {
  return new Realtime({
    endpoint: '127.0.0.1',
    port: broker.port,
    tls: false,
    autoConnect: false,
    logLevel: 0,
    ...options,
  });
}

const openSession = async (identity?: string) =>
  v.parse(SessionSchema, await (await ablyAuth(postRequest(JSON.stringify({ identity })))).json());

const toAbly = (request: TokenRequest) => ({ ...request, ttl: Number(request.ttl) });

const giveSessionToken: ClientOptions['authCallback'] = (_, callback) => {
  openSession().then(
    ({ tokenRequest }) => callback(null, toAbly(tokenRequest)),
    (error: unknown) => callback(String(error), null),
  );
};

async function connected(): Promise<Realtime> {
  client.connect();
  await client.connection.whenState('connected');
  return client;
}

const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'no error',
    (error: unknown) => (error instanceof ErrorInfo ? error.code : String(error)),
  );

test('the session’s token request is accepted, and the client is who it says', async () => {
  const session = await openSession();
  client = connect({ authCallback: (_, callback) => callback(null, toAbly(session.tokenRequest)) });
  await connected();
  expect(client.auth.clientId).toBe(session.tokenRequest.clientId);
});

test('a plain GET serves as authUrl', async () => {
  client = connect({
    authCallback: (_, callback) => {
      void ablyAuth(getRequest()).then(async (reply) => callback(null, await reply.json()));
    },
  });
  await connected();
  expect(client.auth.clientId).toMatch(/^[0-9a-f-]{36}$/);
});

test('the token may speak and be present on the outgoing channel', async () => {
  const channel = (await connected()).channels.get('outgoing-chat');
  expect(await codeOf(channel.publish('chatMsg', { username: 'Ada', content: 'hello' }))).toBe('no error');
  expect(await codeOf(channel.presence.enter({ username: 'Ada' }))).toBe('no error');
});

test('the token may listen to the incoming channel and read its past, never publish there', async () => {
  const channel = (await connected()).channels.get('incoming-chat', { params: { rewind: '2m' } });
  expect(await codeOf(channel.attach())).toBe('no error');
  expect(await codeOf(channel.history())).toBe('no error');
  expect(await codeOf(channel.publish('New message', '{}'))).toBe(40160);
});

test('the token is good for no other channel', async () => {
  expect(await codeOf((await connected()).channels.get('elsewhere').attach())).toBe(40160);
});

test('the token request cannot be used under another clientId or with more rights', async () => {
  const { tokenRequest } = await openSession();
  for (const change of [{ clientId: 'somebody-else' }, { capability: '{"*":["*"]}' }]) {
    const answer = await fetch(`${broker.url}/keys/${tokenRequest.keyName}/requestToken`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...tokenRequest, ...change }),
    });
    expect(answer.status).toBe(401);
  }
});
