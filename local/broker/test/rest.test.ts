import { decode } from '@msgpack/msgpack';
import { describe, expect } from 'vitest';
import { FORMATS, KEY, rejection, restClient } from './support/helpers.ts';
import { test } from './support/test.ts';

const BASIC = { authorization: `Basic ${Buffer.from(KEY).toString('base64')}` };

describe('REST', () => {
  test.for(FORMATS)('returns the time without credentials (%s)', async (format, { broker }) => {
    expect(Math.abs((await restClient(broker, {}, format).time()) - Date.now())).toBeLessThan(1_000);
    expect(await (await fetch(`${broker.url}/time`)).json()).toEqual([expect.any(Number)]);
  });

  test.for(FORMATS)(
    'publishes every kind of data and returns it from history (%s)',
    async (format, { broker }) => {
      const channel = restClient(broker, { clientId: 'ann' }, format).channels.get('a/b:ü %41?');
      const data = ['text', { deep: [1] }, Buffer.from([0, 255])];
      for (const each of data) await channel.publish('event', each);
      for (const reader of FORMATS) {
        const { items } = await restClient(broker, {}, reader).channels.get('a/b:ü %41?').history();
        const seen = items.map((item) =>
          item.data instanceof Uint8Array ? Buffer.from(item.data) : (item.data as unknown),
        );
        expect(seen.reverse()).toEqual(data);
        expect(items[0]).toMatchObject({ name: 'event', clientId: 'ann', id: expect.stringMatching(/:0$/) });
        expect(items[0]?.connectionId).toBeUndefined();
      }
    },
  );

  test('keeps encodings and converts bytes to base64 for JSON only', async ({ broker }) => {
    const [json, msgpack] = FORMATS.map((format) => restClient(broker, {}, format));
    await msgpack?.request(
      'post',
      '/channels/room/messages',
      6,
      {},
      { data: Buffer.from('hi'), encoding: 'cipher+x' },
      {},
    );
    await json?.request('post', '/channels/room/messages', 6, {}, { data: { a: 1 } }, {});
    await json?.request(
      'post',
      '/channels/room/messages',
      6,
      {},
      { data: 'odd', encoding: 'json/utf-8' },
      {},
    );
    const url = `${broker.url}/channels/room/messages?direction=forwards`;
    const asJson = await (await fetch(url, { headers: BASIC })).json();
    expect(asJson).toMatchObject([
      { data: 'aGk=', encoding: 'cipher+x/base64' },
      { data: '{"a":1}', encoding: 'json' },
      { data: 'odd', encoding: 'json/utf-8' },
    ]);
    const response = await fetch(url, { headers: { ...BASIC, accept: 'application/x-msgpack' } });
    expect(response.headers.get('content-type')).toBe('application/x-msgpack');
    expect(decode(await response.arrayBuffer())).toMatchObject([
      { data: new Uint8Array(Buffer.from('hi')), encoding: 'cipher+x' },
      { data: '{"a":1}', encoding: 'json' },
      {},
    ]);
  });

  test('replies to a publish with channel, messageId and serials', async ({ broker }) => {
    const { url } = broker;
    const response = await fetch(`${url}/channels/room/messages`, {
      method: 'POST',
      headers: { ...BASIC, 'content-type': 'application/json' },
      body: JSON.stringify([{ id: 'mine', data: 'x' }]),
    });
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      channel: 'room',
      messageId: 'mine',
      serials: [expect.any(String)],
    });
  });
});

describe('history', () => {
  test.for(
    FORMATS.flatMap((format) => [
      [format, 'forwards', 'abc'] as const,
      [format, 'backwards', 'cba'] as const,
    ]),
  )(
    'is paginated (%s, %s), unaffected by new messages',
    async ([format, direction, expected], { broker }) => {
      const channel = restClient(broker, {}, format).channels.get('room');
      await channel.publish([{ name: 'a' }, { name: 'b' }]);
      await channel.publish('c', undefined);
      let names = '';
      for (let page = await channel.history({ direction, limit: 1 }); names.length < 3;) {
        names += page.items[0]?.name ?? '?';
        await channel.publish('z', undefined);
        page = (await page.next()) ?? page;
      }
      expect(names).toBe(expected);
    },
  );

  test('of an empty channel has no next page', async ({ broker }) => {
    const page = await restClient(broker).channels.get('room').history();
    expect(page.isLast()).toBe(true);
    expect(await page.next()).toBeNull();
  });

  test('has no next page after a last page that is full', async ({ broker }) => {
    const channel = restClient(broker).channels.get('room');
    await channel.publish([{ name: 'a' }, { name: 'b' }]);
    const page = await channel.history({ limit: 2 });
    expect([page.items.length, page.hasNext()]).toEqual([2, false]);
  });

  test('can be limited to a time span', async ({ startBroker }) => {
    let now = Date.now();
    const channel = restClient(await startBroker({ timing: { now: () => now } })).channels.get('room');
    const times = ['a', 'b', 'c'].map((_, n) => now + n * 1_000);
    for (const [n, name] of ['a', 'b', 'c'].entries()) {
      now = times[n] ?? 0;
      await channel.publish(name, undefined);
    }
    const { items } = await channel.history({ start: times[1], end: times[1] });
    expect(items.map(({ name }) => name)).toEqual(['b']);
  });

  test('ends at the attachment with untilAttach', async ({ broker, realtimeClient }) => {
    const channel = realtimeClient(broker).channels.get('room');
    await channel.publish('before', undefined);
    await channel.attach();
    await channel.publish('after', undefined);
    const { items } = await channel.history({ untilAttach: true });
    expect(items.map(({ name }) => name)).toEqual(['before']);
  });

  test.for([
    ['limit=0', 40003],
    ['limit=1001', 40003],
    ['limit=x', 40003],
    ['direction=up', 40003],
    ['start=then', 40003],
    ['from_serial=forged', 40003],
  ] as const)('rejects %s', async ([query, code], { broker }) => {
    const { url } = broker;
    const response = await fetch(`${url}/channels/room/messages?${query}`, { headers: BASIC });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code } });
  });
});

describe('channel status', () => {
  test.for(FORMATS)(
    'counts connections and presence members (%s)',
    async (format, { broker, realtimeClient }) => {
      const { channels } = restClient(broker, {}, format);
      expect((await channels.get('room').status()).status.isActive).toBe(false);
      const channel = realtimeClient(broker, { clientId: 'ann' }).channels.get('room');
      await channel.presence.enter();
      const { channelId, status } = await channels.get('room').status();
      expect(channelId).toBe('room');
      expect(status.isActive).toBe(true);
      expect(status.occupancy.metrics).toMatchObject({
        connections: 1,
        publishers: 1,
        subscribers: 1,
        presenceConnections: 1,
        presenceMembers: 1,
        presenceSubscribers: 1,
      });
    },
  );
});

describe('a REST error', () => {
  test.for(FORMATS)('reaches the official client with code and status (%s)', async (format, { broker }) => {
    const rest = restClient(broker, { key: 'app1.key1:wrong' }, format);
    expect(await rejection(rest.channels.get('room').history())).toMatchObject({
      code: 40101,
      statusCode: 401,
    });
    const unknown = await restClient(broker, {}, format).request('get', '/nothing/here', 6, {}, null, {});
    expect([unknown.statusCode, unknown.errorCode]).toEqual([404, 40400]);
  });

  test.for([
    ['GET', '/nothing', {}, 404, 40400],
    ['DELETE', '/channels/room/messages', {}, 405, 40500],
    ['GET', '/channels/room/messages', {}, 401, 40101],
    ['GET', '/channels/room/messages', { authorization: 'Bearer nonsense' }, 401, 40145],
    ['GET', '/channels/%3Abad/messages', BASIC, 400, 40010],
    ['GET', '/channels/room/messages', { ...BASIC, 'x-ably-clientid': 'not base64!' }, 400, 40004],
    ['POST', '/channels/room/messages', BASIC, 400, 40001],
    ['GET', '/channels/room', { authorization: `Basic ${btoa('no.such:key')}` }, 401, 40101],
    ['GET', '/channels/room', { authorization: `Basic ${btoa('app1.other:key')}` }, 401, 40400],
  ] as const)(
    'of %s %s is in body, status and headers',
    async ([method, path, headers, status, code], { broker }) => {
      const { url } = broker;
      const response = await fetch(url + path, { method, headers: headers as Record<string, string> });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('x-ably-errorcode')).toBe(String(code));
      expect(await response.json()).toEqual({
        error: {
          message: expect.any(String),
          code,
          statusCode: status,
          href: `https://help.ably.io/error/${code}`,
        },
      });
    },
  );

  test('is 40009 for a body that is too large', async ({ broker }) => {
    const { url } = broker;
    const body = JSON.stringify({ data: 'x'.repeat(600_000) });
    const response = await fetch(`${url}/channels/room/messages`, { method: 'POST', headers: BASIC, body });
    expect(await response.json()).toMatchObject({ error: { code: 40009 } });
  });
});

describe('a browser', () => {
  test('may send credentials from any origin and read the error headers', async ({ broker }) => {
    const { url } = broker;
    const origin = 'https://chat.example';
    const preflight = await fetch(`${url}/channels/room/messages`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-ably-version',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/authorization, ?x-ably-version/);
    const refused = await fetch(`${url}/channels/room/messages`, { headers: { origin } });
    for (const { headers } of [preflight, refused]) {
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-credentials')).toBe('true');
      expect(headers.get('vary')).toMatch(/origin/i);
    }
    expect(refused.headers.get('access-control-expose-headers')).toMatch(/x-ably-errorcode/);
  });

  test('gets status and headers inside a 200 when it requests an envelope', async ({ broker }) => {
    const { url } = broker;
    const get = async (path: string, headers: Record<string, string> = BASIC) => {
      const response = await fetch(url + path, { headers });
      return { status: response.status, body: (await response.json()) as unknown };
    };
    await restClient({ port: Number(new URL(url).port) })
      .channels.get('room')
      .publish([{ name: 'a' }, { name: 'b' }]);
    expect(await get('/channels/room/messages?limit=1&envelope=json')).toMatchObject({
      status: 200,
      body: {
        statusCode: 200,
        headers: { Link: expect.stringMatching(/<\.\/messages\?limit=1&cursor=[^,]+>; rel="next"/) },
        response: [{ name: 'b' }],
      },
    });
    expect(await get('/channels/room/messages?envelope=json', {})).toMatchObject({
      status: 200,
      body: {
        statusCode: 401,
        headers: { 'X-Ably-ErrorCode': '40101' },
        response: { error: { code: 40101 } },
      },
    });
  });
});
