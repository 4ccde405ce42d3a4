import type * as Ably from 'ably';
import { describe, expect, vi } from 'vitest';
import { App, AppRegistry } from '../src/apps/app.ts';
import { parseKey } from '../src/auth/keys.ts';
import { Action } from '../src/protocol/actions.ts';
import { Account } from '../src/plan/account.ts';
import { restRoutes } from '../src/rest/routes.ts';
import { defaultTiming } from '../src/timing.ts';
import { collect, FORMATS, KEY, rejection, restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

const post = (url: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/apps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"keys":[{}]}',
  });

describe('POST /apps', () => {
  test.for(['https://evil.example', 'http://127.0.0.1:3000', 'null'])(
    'is rejected for a web page of %s',
    async (origin, { broker }) => {
      expect((await post(broker.url, { origin })).status).toBe(403);
    },
  );

  test('is rejected by a broker that has the apps of its keys only', async ({ startBroker }) => {
    const broker = await startBroker({ appsOnDemand: false });
    expect((await post(broker.url)).status).toBe(403);
    expect((await post((await startBroker()).url)).status).toBe(201);
  });
});

test('POST /apps keeps nothing of an app whose members it rejects', async () => {
  const apps = new AppRegistry();
  const used = vi.spyOn(apps.memory, 'register');
  const released = vi.spyOn(apps.memory, 'release');
  const channels = [
    { name: 'good', presence: [{ clientId: 'ann' }] },
    { name: 'bad', presence: [{ clientId: 'bob', data: 'AAAA', encoding: 'vcdiff' }] },
  ];
  const account = Account.unlimited();
  const routes = restRoutes({
    apps,
    account,
    timing: defaultTiming,
    log: () => undefined,
    appsOnDemand: true,
  });
  const response = await routes.request('/apps', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ keys: [{}], channels }),
  });
  expect(response.status).toBe(400);
  expect(apps.size).toBe(0);
  expect(used).toHaveBeenCalled();
  expect(released.mock.calls).toEqual(used.mock.calls);
});

/** The app spec of the official client's test suite, shortened. */
const SPEC = {
  limits: { presence: { maxMembers: 250 } },
  keys: [
    {},
    { capability: '{ "cansubscribe:*":["subscribe"], "canpublish:*":["publish"] }' },
    { capability: '{"channel2":["publish","subscribe"],"channel6":["*"]}' },
    { capability: '{"*":["subscribe"]}' },
    { revocableTokens: true },
    { capability: '{"[*]*":["*"]}' },
  ],
  namespaces: [
    { id: 'persisted', persisted: true },
    { id: 'mutable', mutableMessages: true },
  ],
  channels: [
    {
      name: 'persisted:fixtures',
      presence: [
        { clientId: 'bool', data: 'true' },
        { clientId: 'decoded', data: '{"example":1}', encoding: 'json' },
        { clientId: 'bytes', data: 'AAEC', encoding: 'base64' },
      ],
    },
  ],
};

interface AppDetails {
  appId: string;
  accountId: string;
  keys: { keyName: string; keySecret: string; keyStr: string; capability: string }[];
  namespaces: object[];
  endpoint: string;
  port: number;
  tls: boolean;
}

async function anApp({ url }: { url: string }, spec: object = SPEC): Promise<AppDetails> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/apps`, { method: 'POST', headers, body: JSON.stringify(spec) });
  expect(response.status).toBe(201);
  return (await response.json()) as AppDetails;
}

const keyOf = (app: AppDetails, index = 0) => ({ key: app.keys[index]?.keyStr ?? '' });

const remove = ({ url }: { url: string }, { appId }: AppDetails, key: string) =>
  fetch(`${url}/apps/${appId}`, { method: 'DELETE', headers: { authorization: `Basic ${btoa(key)}` } });

describe('the registry of apps', () => {
  test('rejects a key whose app was deleted, even if another app has its id', () => {
    const [deleted, current] = [parseKey(KEY), parseKey(KEY)];
    const apps = new AppRegistry();
    const app = new App({ id: 'app1', keys: [current] }, defaultTiming);
    expect(() => apps.ownerOf(deleted)).toThrow(expect.objectContaining({ code: 40400 }));
    apps.set('app1', app);
    expect(() => apps.ownerOf(deleted)).toThrow(expect.objectContaining({ code: 40400 }));
    expect(apps.ownerOf(current)).toBe(app);
  });
});

describe('an app created over REST', () => {
  test('reports its keys, its namespaces and its address', async ({ broker }) => {
    const app = await anApp(broker);
    expect(app).toMatchObject({ endpoint: '127.0.0.1', port: broker.port, tls: false });
    expect(app.appId).toMatch(/^[\w-]{6}$/);
    expect(app.namespaces).toHaveLength(2);
    expect(app.keys).toHaveLength(6);
    for (const { keyName, keySecret, keyStr, capability } of app.keys) {
      expect(keyStr).toBe(`${keyName}:${keySecret}`);
      expect(keyStr).toMatch(/^[^:\s]+:[^:.\s]+$/);
      expect(JSON.parse(capability)).toBeTypeOf('object');
    }
    expect(JSON.parse(app.keys[0]?.capability ?? '')).toEqual({ '*': ['*'] });
  });

  test.for(FORMATS)('shares nothing with another app (%s)', async (format, { broker, realtimeClient }) => {
    const [one, two] = [await anApp(broker), await anApp(broker)];
    const rest = restClient(broker, keyOf(one), format);
    const here = await collect(realtimeClient(broker, keyOf(one), format).channels.get('room'));
    const there = await collect(realtimeClient(broker, keyOf(two), format).channels.get('room'));
    await restClient(broker, keyOf(two)).channels.get('room').publish('elsewhere', undefined);
    await rest.channels.get('room').publish('here', undefined);
    await until(() => here.length === 1 && there.length === 1);
    expect(here[0]?.name).toBe('here');
    expect((await rest.channels.get('room').history()).items).toHaveLength(1);
    expect((await restClient(broker).channels.get('room').history()).items).toEqual([]);
  });

  test('limits its keys to their capabilities', async ({ broker, realtimeClient }) => {
    const app = await anApp(broker);
    const subscriber = realtimeClient(broker, keyOf(app, 3)).channels.get('room');
    expect(await rejection(subscriber.publish('x', undefined))).toMatchObject({
      code: 40160,
      statusCode: 401,
    });
    const requestFrom = (index: number, capability: Ably.TokenParams['capability']) =>
      restClient(broker, keyOf(app, index)).auth.requestToken({ capability });
    expect(
      (await requestFrom(2, { channel2: ['presence', 'subscribe'], channelx: ['publish'] })).capability,
    ).toBe('{"channel2":["subscribe"]}');
    expect((await requestFrom(1, { 'canpublish:check': ['publish'] })).capability).toBe(
      '{"canpublish:check":["publish"]}',
    );
    expect(await rejection(requestFrom(1, { 'canpublish:test': ['subscribe'] }))).toMatchObject({
      statusCode: 401,
    });
    // A token request without a capability gets that of the key.
    expect((await restClient(broker, keyOf(app, 1)).auth.requestToken()).capability).toBe(
      app.keys[1]?.capability,
    );
  });

  test.for(FORMATS)(
    'lists its fixture members forever (%s)',
    async (format, { startBroker, realtimeClient }) => {
      const broker = await startBroker({ timing: { presenceGrace: 1 } });
      const app = await anApp(broker);
      const { presence } = restClient(broker, keyOf(app), format).channels.get('persisted:fixtures');
      const { items } = await presence.get();
      expect(items.map(({ clientId, data, action }) => [clientId, data as unknown, action])).toEqual([
        ['bool', 'true', 'present'],
        ['decoded', { example: 1 }, 'present'],
        ['bytes', Buffer.from([0, 1, 2]), 'present'],
      ]);
      const { connectionId } = items[0] ?? {};
      expect((await presence.get({ connectionId: connectionId ?? '' })).items).toHaveLength(3);
      expect((await presence.get({ limit: 2 })).items).toHaveLength(2);
      expect((await presence.history()).items.map(({ action }) => action)).toEqual(Array(3).fill('enter'));
      const live = realtimeClient(broker, keyOf(app), format).channels.get('persisted:fixtures');
      expect(await live.presence.get()).toHaveLength(3);
    },
  );

  test('stores messages of persisted namespaces for a day, others for two minutes', async ({
    startBroker,
  }) => {
    let now = Date.now();
    const broker = await startBroker({ timing: { now: () => now, sweepInterval: 5 } });
    const { channels } = restClient(broker, keyOf(await anApp(broker)));
    const count = async (name: string) => (await channels.get(name).history()).items.length;
    for (const name of ['persisted:room', 'room']) await channels.get(name).publish('x', undefined);
    now += 120_001;
    await until(async () => (await count('room')) === 0);
    expect(await count('persisted:room')).toBe(1);
    now += 24 * 3_600_000;
    await until(async () => (await count('persisted:room')) === 0);
  });

  test('has the presence limit that it was created with', async ({ broker, realtimeClient }) => {
    const app = await anApp(broker);
    const { presence } = realtimeClient(broker, keyOf(app)).channels.get('room');
    await Promise.all(Array.from({ length: 250 }, (_, n) => presence.enterClient(`member${n}`)));
    expect((await rejection(presence.enterClient('late'))).code).toBe(91003);
  });

  test('disconnects its clients and rejects its keys once it is deleted', async ({ broker, rawClient }) => {
    const app = await anApp(broker);
    const client = await rawClient(broker, keyOf(app));
    await client.next(Action.CONNECTED);
    expect((await remove(broker, app, keyOf(app).key)).status).toBe(204);
    expect((await client.next(Action.ERROR)).error.code).toBe(40120);
    await client.closed();
    const gone = restClient(broker, keyOf(app)).channels.get('room').history();
    expect(await rejection(gone)).toMatchObject({ code: 40101, statusCode: 401 });
  });

  test('cannot be deleted with a foreign key, and the broker’s own app not at all', async ({ broker }) => {
    const app = await anApp(broker);
    const other = await anApp(broker);
    expect((await remove(broker, app, keyOf(other).key)).status).toBe(401);
    expect((await remove(broker, { ...app, appId: 'app1' }, KEY)).status).toBe(403);
  });

  test('feeds no rules, because creating an app needs no credentials', async ({ startBroker }) => {
    let deliveries = 0;
    const rule = { channelFilter: '', deliver: () => Promise.resolve(void (deliveries += 1)) };
    const broker = await startBroker({ rules: [rule] });
    await restClient(broker, keyOf(await anApp(broker)))
      .channels.get('room')
      .publish('x', undefined);
    await restClient(broker).channels.get('room').publish('x', undefined);
    await until(() => deliveries > 0);
    await broker.close();
    expect(deliveries).toBe(1);
  });

  test.for([
    ['no keys', { keys: [] }],
    ['a key with an unknown operation', { keys: [{ capability: '{"room":["fly"]}' }] }],
    ['a channel without a name', { keys: [{}], channels: [{}] }],
    ['a spec that is not an object', []],
  ] as const)('with %s is rejected', async ([, spec], { broker }) => {
    const { url } = broker;
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/apps`, { method: 'POST', headers, body: JSON.stringify(spec) });
    expect([response.status, response.headers.get('x-ably-errorcode')]).toEqual([400, '40000']);
  });
});
