import type * as Ably from 'ably';
import { describe, expect } from 'vitest';
import type { RuleOptions } from '../src/rules/rules.ts';
import { Action } from '../src/protocol/actions.ts';
import { enter, nextSerial } from './support/presence.ts';
import { collect, FORMATS, rejection, requestToken, restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

type Received = Record<string, string[]>;

/** Returns two rules, which are named rule1 and rule2, and the names of messages that they get. */
function twoRules(): { received: Received; rules: RuleOptions[] } {
  const received: Received = { rule1: [], rule2: [] };
  const rule: RuleOptions = {
    channelFilter: '',
    deliver: ({ ruleId = '', messages }) => {
      received[ruleId]?.push((messages as { name: string }[]).map(({ name }) => name).join('+'));
      return Promise.resolve();
    },
  };
  return { received, rules: [rule, rule] };
}

const ephemeral = (name: string): Ably.Message => ({ name, extras: { ephemeral: true } });
const skipping = (name: string, skipRule: unknown): Ably.Message => ({
  name,
  extras: { privileged: { skipRule } },
});

describe('an ephemeral message', () => {
  test.for(FORMATS)(
    'reaches attached subscribers, and neither history, rewind, resume nor rules (%s)',
    async (format, { startBroker, realtimeClient, connect }) => {
      const { received, rules } = twoRules();
      const broker = await startBroker({ rules });
      const position = (await (await connect(broker)).client.attach('room')).channelSerial as string;
      const messages = await collect(realtimeClient(broker).channels.get('room'));
      const publisher = realtimeClient(broker, {}, format).channels.get('room');
      const rest = restClient(broker, {}, format).channels.get('room');
      await publisher.publish(ephemeral('typing'));
      await rest.publish('moved', undefined, { ephemeral: true });
      await publisher.publish('kept', 'x');
      await rest.publish([ephemeral('a'), ephemeral('b')]);

      await until(() => messages.length === 5);
      expect(messages.map(({ name }) => name)).toEqual(['typing', 'moved', 'kept', 'a', 'b']);
      expect(messages[1]?.extras).toEqual({ ephemeral: true });
      expect((await rest.history()).items.map(({ name }) => name)).toEqual(['kept']);
      for (const resumed of [{ channelSerial: position }, { params: { rewind: '10' } }]) {
        const { client } = await connect(broker);
        await client.attach('room', resumed);
        expect(await client.next(Action.MESSAGE)).toMatchObject({ messages: [{ name: 'kept' }] });
        await client.settled();
        expect(client.received).toEqual([]);
      }
      await until(() => received.rule2?.length === 1);
      expect(received).toEqual({ rule1: ['kept'], rule2: ['kept'] });
    },
  );

  test('announces no backlog, and is published once when repeated', async ({ broker, connect }) => {
    const { client } = await connect(broker);
    const { channelSerial } = await client.attach('room');
    const channel = restClient(broker).channels.get('room');
    const first = await channel.publish({ ...ephemeral('x'), id: 'mine' });
    expect(await channel.publish({ ...ephemeral('x'), id: 'mine' })).toEqual(first);
    await client.settled();
    expect(client.received.map(({ action }) => action as number)).toEqual([Action.MESSAGE]);
    const HAS_BACKLOG = 2;
    const { flags } = await (await connect(broker)).client.attach('room', { channelSerial });
    expect((flags as number) & HAS_BACKLOG).toBe(0);
  });

  test('cannot be published together with others', async ({ broker }) => {
    const channel = restClient(broker).channels.get('room');
    const mixed = channel.publish([ephemeral('a'), { name: 'b' }]);
    expect(await rejection(mixed)).toMatchObject({ code: 40032 });
  });
});

describe('extras.privileged.skipRule', () => {
  test('keeps messages from all rules or from those that it lists', async ({ startBroker }) => {
    const { received, rules } = twoRules();
    const channel = restClient(await startBroker({ rules })).channels.get('room');
    await channel.publish(skipping('none', '*'));
    await channel.publish(skipping('second', ['rule1', 'other']));
    await channel.publish([skipping('a', ['rule1']), { name: 'b' }]);
    await channel.publish('last', undefined);
    await until(() => received.rule1?.length === 2 && received.rule2?.length === 3);
    expect(received.rule1?.toSorted()).toEqual(['b', 'last']);
    expect(received.rule2?.toSorted()).toEqual(['a+b', 'last', 'second']);
    expect((await channel.history()).items).toHaveLength(5);
  });

  test('needs the capability privileged-headers', async ({ broker, realtimeClient }) => {
    const tokenFor = (operations: string[]) =>
      requestToken(broker, { capability: { room: operations } as never });
    for (const [operations, error] of [
      [['publish'], { code: 40160, statusCode: 401 }],
      [['publish', 'privileged-headers'], undefined],
      [['*'], undefined],
    ] as const) {
      const { token } = await tokenFor([...operations]);
      for (const client of [restClient(broker, { token }), realtimeClient(broker, { token })]) {
        const publish = client.channels.get('room').publish(skipping('x', '*'));
        if (error) expect(await rejection(publish)).toMatchObject(error);
        else await publish;
      }
    }
  });
});

describe('the extras of a message', () => {
  test.for(
    [
      { headers: { nested: { a: 1 } } },
      { headers: { list: ['a'] } },
      { headers: ['a'] },
      { headers: 'text' },
      { headers: null },
      { ephemeral: 'true' },
      { privileged: true },
      { privileged: { skipRule: 1 } },
      { privileged: { skipRule: 'rule1' } },
      { privileged: { skipRule: [1] } },
      { push: 'text' },
      { ref: [] },
      { ai: 1 },
      { locks: [] },
      [],
      'text',
      7,
    ].map((extras) => [extras]),
  )('are rejected with 40032: %j', async ([extras], { broker, connect }) => {
    const channel = restClient(broker).channels.get('room');
    expect(await rejection(channel.publish({ name: 'x', extras }))).toMatchObject({ code: 40032 });
    const { client } = await connect(broker, {}, 'msgpack');
    client.send({ action: Action.MESSAGE, channel: 'room', msgSerial: 0, messages: [{ extras }] });
    expect(await client.next(Action.NACK)).toMatchObject({ error: { code: 40032, statusCode: 400 } });
  });

  test('may have headers of every flat type, and all fields of Ably', async ({ broker, realtimeClient }) => {
    const channel = realtimeClient(broker).channels.get('room');
    const messages = await collect(channel);
    const extras = {
      headers: { text: 'a', number: 1.5, yes: true, nothing: null },
      ref: { type: 'com.ably.reply', timeserial: 'x' },
      push: { notification: { title: 'x' } },
      ai: { codec: { a: 'b' } },
      ephemeral: false,
    };
    await channel.publish({ name: 'x', extras });
    await until(() => messages.length === 1);
    expect(messages[0]?.extras).toEqual(extras);
  });
});

describe('the extras of a presence item', () => {
  test('are its own: locks and headers, for subscribers, SYNC and REST', async ({ broker, connect }) => {
    const extras = { locks: [{ id: 'field', status: 'pending', timestamp: 1 }], headers: { a: 1 } };
    const { client } = await connect(broker, { clientId: 'ann' });
    await client.attach('room');
    await enter(client, 'room', { extras });
    expect(await client.next(Action.PRESENCE)).toMatchObject({ presence: [{ extras }] });
    const other = (await connect(broker)).client;
    await other.attach('room');
    expect(await other.next(Action.SYNC)).toMatchObject({ presence: [{ extras }] });
    const { items } = await restClient(broker).channels.get('room').presence.get();
    expect(items[0]?.extras).toEqual(extras);
  });

  test.for(
    [
      { headers: { nested: {} } },
      { delta: { from: 'x', format: 'vcdiff' } },
      { ephemeral: true },
      { privileged: { skipRule: '*' } },
      'text',
      [],
    ].map((extras) => [extras]),
  )('are rejected with 40032: %j', async ([extras], { broker, connect }) => {
    const { client } = await connect(broker, { clientId: 'ann' });
    await client.attach('room');
    const presence = [{ action: 2, extras }];
    client.send({ action: Action.PRESENCE, channel: 'room', msgSerial: nextSerial(), presence });
    expect(await client.next(Action.NACK)).toMatchObject({ error: { code: 40032, statusCode: 400 } });
  });
});
