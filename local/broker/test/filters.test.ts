import { describe, expect } from 'vitest';
import { Action } from '../src/protocol/actions.ts';
import { collect, FORMATS, rejection, restClient, until } from './support/helpers.ts';
import { test as base } from './support/test.ts';

const CHEAP = 'name == `"ice-cream"` && headers.flavor == `"strawberry"` && headers.cost < `50`';
/** With `key`, that of an app whose key has full capability, also for qualified channels. */
const test = base.extend('key', async ({ broker }) => {
  const body = JSON.stringify({ keys: [{ capability: '{"[*]*":["*"]}' }] });
  const response = await fetch(`${broker.url}/apps`, { method: 'POST', body });
  return ((await response.json()) as { keys: { keyStr: string }[] }).keys[0]?.keyStr ?? '';
});

const filtered = (expression: string, channel = 'kiosk') => `[filter=${btoa(expression)}]${channel}`;
const ice = (flavor: string, cost: number, name = 'ice-cream') => ({
  name,
  data: `${flavor} ${cost}`,
  extras: { headers: { flavor, cost } },
});

describe('a filtered channel', () => {
  test.for(FORMATS)(
    'delivers the matching messages only (%s)',
    async (format, { broker, key, realtimeClient }) => {
      const { channels } = realtimeClient(broker, { key }, format);
      const matching = await collect(channels.getDerived('kiosk', { filter: CHEAP }));
      const all = await collect(channels.get('kiosk'));
      const publisher = restClient(broker, { key }, format).channels.get('kiosk');
      await publisher.publish(ice('strawberry', 35));
      await publisher.publish(ice('strawberry', 60));
      await publisher.publish(ice('strawberry', 35, 'cake'));
      await publisher.publish('ice-cream', 'without headers');
      await publisher.publish([ice('lemon', 20), ice('strawberry', 20)]);
      await until(() => all.length === 6);
      await until(() => matching.length === 2);
      expect(matching.map(({ data }) => data as string)).toEqual(['strawberry 35', 'strawberry 20']);
    },
  );

  test('resumes with the matching messages, and announces a backlog only of those', async ({
    broker,
    key,
    connect,
  }) => {
    const name = filtered('headers.flavor == `"lemon"`');
    const { channelSerial } = await (await connect(broker, { key })).client.attach(name);
    const publisher = restClient(broker, { key }).channels.get('kiosk');
    await publisher.publish(ice('strawberry', 1));
    const HAS_BACKLOG = 2;
    const attached = await (await connect(broker, { key })).client.attach(name, { channelSerial });
    expect((attached.flags as number) & HAS_BACKLOG).toBe(0);
    await publisher.publish(ice('lemon', 2));
    const { client } = await connect(broker, { key });
    const resumed = await client.attach(name, { channelSerial });
    expect((resumed.flags as number) & HAS_BACKLOG).toBe(HAS_BACKLOG);
    expect(await client.next(Action.MESSAGE)).toMatchObject({
      channel: name,
      messages: [{ data: 'lemon 2' }],
    });
    await client.settled();
    expect(client.received).toEqual([]);
  });

  test('needs subscribe for [filter]name, [*]name or [*]*', async ({ broker, key, rawClient }) => {
    for (const [resource, isAllowed] of [
      ['[filter]kiosk', true],
      ['[*]kiosk', true],
      ['[*]*', true],
      ['[filter]*', true],
      ['kiosk', false],
      ['*', false],
      ['[meta]*', false],
    ] as const) {
      const { token } = await restClient(broker, { key }).auth.requestToken({
        capability: { [resource]: ['subscribe'] },
      });
      const client = await rawClient(broker, { access_token: token });
      client.send({ action: Action.ATTACH, channel: filtered('name == `"x"`') });
      const reply = await client.nextOf([Action.ATTACHED, Action.ERROR]);
      if (isAllowed) expect([resource, reply.action]).toEqual([resource, Action.ATTACHED]);
      else expect([resource, reply]).toMatchObject([resource, { error: { code: 40160 } }]);
    }
  });

  test.for(['name ==', 'nofunction(name)', '', 'constructor', '('.repeat(1_000)])(
    'with the invalid expression %j fails with 40010',
    async (expression, { broker, key, connect }) => {
      const { client } = await connect(broker, { key });
      const channel = filtered(expression);
      client.send({ action: Action.ATTACH, channel });
      expect(await client.next(Action.ERROR)).toMatchObject({ channel, error: { code: 40010 } });
    },
  );

  test('is for subscribing only', async ({ broker, key, realtimeClient }) => {
    const channel = realtimeClient(broker, { key, clientId: 'ann' }).channels.getDerived('kiosk', {
      filter: CHEAP,
    });
    await channel.attach();
    expect(channel.modes).toEqual(['subscribe']);
    const rest = restClient(broker, { key }).channels.get(channel.name);
    for (const attempt of [
      () => channel.publish('x', undefined),
      () => channel.presence.enter(),
      () => channel.history(),
      () => rest.publish('x', undefined),
      () => rest.presence.get(),
    ]) {
      expect(await rejection(attempt())).toMatchObject({ code: 40010, statusCode: 400 });
    }
  });

  test('neither rewinds nor shows presence', async ({ broker, key, connect }) => {
    await restClient(broker, { key }).channels.get('kiosk').publish(ice('lemon', 1));
    const { client } = await connect(broker, { key, clientId: 'ann' });
    await client.attach('kiosk');
    client.send({ action: Action.PRESENCE, channel: 'kiosk', msgSerial: 0, presence: [{ action: 2 }] });
    await client.next(Action.PRESENCE);
    const name = filtered('headers.flavor == `"lemon"`');
    const attached = await client.attach(name, { params: { rewind: '1' } });
    expect(attached.params).toEqual({});
    client.send({ action: Action.PRESENCE, channel: 'kiosk', msgSerial: 1, presence: [{ action: 4 }] });
    await client.next(Action.PRESENCE);
    await client.settled();
    expect(client.received.filter(({ channel }) => channel === name)).toEqual([]);
  });
});
