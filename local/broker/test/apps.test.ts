import type * as Ably from 'ably';
import { describe, expect, it } from 'vitest';
import { aBroker, aRawClient, aRealtime, aRest, collect, FORMATS, KEY, rejection, until } from './support.ts';

/** As the official client's own test-suite asks for an app, shortened. */
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

describe('an app made over REST', () => {
  it('tells its keys, its namespaces and where it is', async () => {
    const broker = await aBroker();
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

  it.each(FORMATS)('shares nothing with another (%s)', async (format) => {
    const broker = await aBroker();
    const [one, two] = [await anApp(broker), await anApp(broker)];
    const rest = aRest(broker, keyOf(one), format);
    const here = await collect(aRealtime(broker, keyOf(one), format).channels.get('room'));
    const there = await collect(aRealtime(broker, keyOf(two), format).channels.get('room'));
    await aRest(broker, keyOf(two)).channels.get('room').publish('elsewhere', undefined);
    await rest.channels.get('room').publish('here', undefined);
    await until(() => here.length === 1 && there.length === 1);
    expect(here[0]?.name).toBe('here');
    expect((await rest.channels.get('room').history()).items).toHaveLength(1);
    expect((await aRest(broker).channels.get('room').history()).items).toEqual([]);
  });

  it('holds its keys to their capabilities', async () => {
    const broker = await aBroker();
    const app = await anApp(broker);
    const subscriber = aRealtime(broker, keyOf(app, 3)).channels.get('room');
    expect(await rejection(subscriber.publish('x', undefined))).toMatchObject({
      code: 40160,
      statusCode: 401,
    });
    const ask = (index: number, capability: Ably.TokenParams['capability']) =>
      aRest(broker, keyOf(app, index)).auth.requestToken({ capability });
    expect((await ask(2, { channel2: ['presence', 'subscribe'], channelx: ['publish'] })).capability).toBe(
      '{"channel2":["subscribe"]}',
    );
    expect((await ask(1, { 'canpublish:check': ['publish'] })).capability).toBe(
      '{"canpublish:check":["publish"]}',
    );
    expect(await rejection(ask(1, { 'canpublish:test': ['subscribe'] }))).toMatchObject({ statusCode: 401 });
    // Without a wish, a token has exactly what its key has.
    expect((await aRest(broker, keyOf(app, 1)).auth.requestToken()).capability).toBe(app.keys[1]?.capability);
  });

  it.each(FORMATS)('has its fixtures present, for ever (%s)', async (format) => {
    const broker = await aBroker({ timing: { presenceGrace: 1 } });
    const app = await anApp(broker);
    const { presence } = aRest(broker, keyOf(app), format).channels.get('persisted:fixtures');
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
    const live = aRealtime(broker, keyOf(app), format).channels.get('persisted:fixtures');
    expect(await live.presence.get()).toHaveLength(3);
  });

  it('keeps the past of persisted namespaces for a day, of others for two minutes', async () => {
    let now = Date.now();
    const broker = await aBroker({ timing: { now: () => now, sweepInterval: 5 } });
    const { channels } = aRest(broker, keyOf(await anApp(broker)));
    const count = async (name: string) => (await channels.get(name).history()).items.length;
    for (const name of ['persisted:room', 'room']) await channels.get(name).publish('x', undefined);
    now += 120_001;
    await until(async () => (await count('room')) === 0);
    expect(await count('persisted:room')).toBe(1);
    now += 24 * 3_600_000;
    await until(async () => (await count('persisted:room')) === 0);
  });

  it('allows as many members as it was made for', async () => {
    const broker = await aBroker();
    const app = await anApp(broker);
    const { presence } = aRealtime(broker, keyOf(app)).channels.get('room');
    await Promise.all(Array.from({ length: 250 }, (_, n) => presence.enterClient(`member${n}`)));
    expect((await rejection(presence.enterClient('late'))).code).toBe(91003);
  });

  it('is gone when it is deleted: clients are told, keys are unknown', async () => {
    const broker = await aBroker();
    const app = await anApp(broker);
    const client = await aRawClient(broker, keyOf(app));
    await client.next(4);
    expect((await remove(broker, app, keyOf(app).key)).status).toBe(204);
    expect((await client.next(9)).error.code).toBe(40120);
    await client.closed();
    const gone = aRest(broker, keyOf(app)).channels.get('room').history();
    expect(await rejection(gone)).toMatchObject({ code: 40400, statusCode: 404 });
  });

  it('is deleted by nobody else, and the app that the broker was started for by nobody', async () => {
    const broker = await aBroker();
    const app = await anApp(broker);
    const other = await anApp(broker);
    expect((await remove(broker, app, keyOf(other).key)).status).toBe(401);
    expect((await remove(broker, { ...app, appId: 'app1' }, KEY)).status).toBe(403);
  });

  it('feeds no rules: whoever may make one could otherwise speak to their targets', async () => {
    let deliveries = 0;
    const rule = { channelFilter: '', deliver: () => Promise.resolve(void (deliveries += 1)) };
    const broker = await aBroker({ rules: [rule] });
    await aRest(broker, keyOf(await anApp(broker)))
      .channels.get('room')
      .publish('x', undefined);
    await aRest(broker).channels.get('room').publish('x', undefined);
    await until(() => deliveries > 0);
    await broker.close();
    expect(deliveries).toBe(1);
  });

  it.each([
    ['no keys', { keys: [] }],
    ['a key that allows the unknown', { keys: [{ capability: '{"room":["fly"]}' }] }],
    ['a channel without a name', { keys: [{}], channels: [{}] }],
    ['no object', []],
  ])('is refused with %s', async (_, spec) => {
    const { url } = await aBroker();
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/apps`, { method: 'POST', headers, body: JSON.stringify(spec) });
    expect([response.status, response.headers.get('x-ably-errorcode')]).toEqual([400, '40000']);
  });
});
