import type { AblyEnvelope } from '@chat/contract';
import { describe, expect } from 'vitest';
import type { PresenceEnvelope } from '../src/index.ts';
import { App } from '../src/apps/app.ts';
import { parseKey } from '../src/auth/keys.ts';
import { publish } from '../src/channels/publish.ts';
import { limits } from '../src/limits.ts';
import { DeliveryQueue } from '../src/rules/delivery-queue.ts';
import { defaultTiming } from '../src/timing.ts';
import { PresenceAction } from '../src/protocol/actions.ts';
import { KEY, restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

const timing = { ruleRetryFirst: 1, ruleRetryMax: 5, shutdownTimeout: 200 };

/** A rule whose first `failures` deliveries fail. */
function ruleFor(channelFilter: string, failures = 0) {
  const delivered: AblyEnvelope[] = [];
  const rule = {
    channelFilter,
    attempts: 0,
    delivered,
    deliver: async (envelope: AblyEnvelope) => {
      rule.attempts += 1;
      if (rule.attempts <= failures) throw new Error('unavailable');
      await Promise.resolve();
      delivered.push(envelope);
    },
  };
  return rule;
}

describe('a rule', () => {
  test('delivers each publish on a matching channel as one envelope in the format of Ably', async ({
    startBroker,
    realtimeClient,
  }) => {
    const rule = ruleFor('^out');
    const broker = await startBroker({ rules: [rule], timing });
    const client = realtimeClient(broker, { clientId: 'ann' });
    await client.channels.get('elsewhere').publish('ignored', 'x');
    await client.channels.get('[?rewind=1]out').publish('chat', { text: 'hi' });
    await restClient(broker)
      .channels.get('out')
      .publish([
        { name: 'bytes', data: Buffer.from([1, 2]), extras: { headers: { a: 'b' } } },
        { data: 'plain' },
      ]);
    await until(() => rule.delivered.length === 2);
    const { id: connectionId } = client.connection;
    const common = {
      source: 'channel.message',
      appId: 'app1',
      channel: 'out',
      site: 'local',
      ruleId: 'rule1',
    };
    const timestamp = expect.any(Number) as number;
    expect(rule.delivered).toStrictEqual([
      {
        ...common,
        messages: [
          {
            id: `${connectionId}:1:0`,
            name: 'chat',
            clientId: 'ann',
            connectionId,
            timestamp,
            encoding: 'json',
            data: '{"text":"hi"}',
          },
        ],
      },
      {
        ...common,
        messages: [
          {
            id: expect.stringMatching(/:0$/) as string,
            name: 'bytes',
            timestamp,
            encoding: 'base64',
            data: 'AQI=',
            extras: { headers: { a: 'b' } },
          },
          { id: expect.stringMatching(/:1$/) as string, timestamp, data: 'plain' },
        ],
      },
    ]);
  });

  test('retries a failed delivery until it succeeds, without delaying other rules', async ({
    startBroker,
  }) => {
    const failing = ruleFor('room', 5);
    const healthy = ruleFor('room');
    const broker = await startBroker({ rules: [failing, healthy], timing });
    const channel = restClient(broker).channels.get('room');
    for (const name of ['a', 'b', 'c']) await channel.publish(name, undefined);
    await until(() => failing.delivered.length === 3);
    expect(failing.attempts).toBe(8);
    expect(healthy.attempts).toBe(3);
    const names = failing.delivered.map(({ messages }) => (messages[0] as { name: string }).name);
    expect(names.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('delivers an idempotent publish once', async ({ startBroker }) => {
    const rule = ruleFor('room');
    const broker = await startBroker({ rules: [rule], timing });
    const channel = restClient(broker).channels.get('room');
    for (let times = 0; times < 3; times += 1) await channel.publish({ id: 'same', name: 'x' });
    await channel.publish('last', undefined);
    await until(() => rule.delivered.length >= 2);
    expect(rule.attempts).toBe(2);
  });

  test('retries failed deliveries once more when the broker closes', async ({ startBroker }) => {
    const rule = ruleFor('room', 1);
    const broker = await startBroker({
      rules: [rule],
      timing: { ...timing, ruleRetryFirst: 60_000, ruleRetryMax: 60_000 },
    });
    await restClient(broker).channels.get('room').publish('x', undefined);
    await until(() => rule.attempts === 1);
    await broker.close();
    expect(rule.delivered).toHaveLength(1);
  });

  test('for presence delivers enters, updates and leaves, also those by the broker', async ({
    startBroker,
    realtimeClient,
  }) => {
    const delivered: PresenceEnvelope[] = [];
    const deliver = (envelope: PresenceEnvelope) => Promise.resolve(void delivered.push(envelope));
    const messages = ruleFor('');
    const broker = await startBroker({
      rules: [{ source: 'channel.presence', channelFilter: '^room$', deliver }, messages],
      timing,
    });
    const client = realtimeClient(broker, { clientId: 'ann' });
    const { presence } = client.channels.get('room');
    await presence.enter({ nick: 'A' });
    await presence.update(Buffer.from([1]));
    const { id: connectionId } = client.connection;
    client.close();
    await until(() => delivered.length === 3);
    expect(delivered[0]).toStrictEqual({
      source: 'channel.presence',
      appId: 'app1',
      channel: 'room',
      site: 'local',
      ruleId: 'rule1',
      presence: [
        {
          id: `${connectionId}:0:0`,
          clientId: 'ann',
          connectionId,
          timestamp: expect.any(Number) as number,
          encoding: 'json',
          data: '{"nick":"A"}',
          action: PresenceAction.ENTER,
        },
      ],
    });
    expect(delivered.map((envelope) => envelope.presence[0])).toMatchObject([
      { action: PresenceAction.ENTER },
      { action: PresenceAction.UPDATE, data: 'AQ==', encoding: 'base64' },
      { action: PresenceAction.LEAVE, clientId: 'ann' },
    ]);
    expect(messages.attempts).toBe(0);
  });

  test('reorders and repeats deliveries on request and loses none', async ({
    startBroker,
    realtimeClient,
  }) => {
    const rule = ruleFor('room');
    const broker = await startBroker({
      rules: [{ ...rule, reorderWithin: 30, duplicateShare: 0.5 }],
      timing,
    });
    const channel = realtimeClient(broker).channels.get('room');
    const names = Array.from({ length: 40 }, (_, n) => `${n}`);
    // At once, but in order: a busy machine needs longer for one publish than deliveries are delayed.
    await Promise.all(names.map((name) => channel.publish(name, undefined)));
    const seen = () => rule.delivered.map(({ messages }) => (messages[0] as { name: string }).name);
    await until(() => new Set(seen()).size === names.length);
    await broker.close();
    expect(seen().length).toBeGreaterThan(names.length);
    const firsts = [...new Set(seen())];
    expect(firsts).not.toEqual(names);
    expect(firsts.toSorted((a, b) => Number(a) - Number(b))).toEqual(names);
  });

  test('rejects publishes once the queue of its deliveries is full', async () => {
    const queue = new DeliveryQueue<object>({
      id: 'rule1',
      deliver: () => new Promise(() => undefined),
      onDelivered: () => undefined,
      isJournaled: false,
      reorderWithin: 0,
      duplicateShare: 0,
      timing: { ...defaultTiming, ...timing },
      log: () => undefined,
    });
    for (let n = 0; n < limits.ruleConcurrency + limits.ruleQueueLength; n += 1) {
      queue.ensureRoom();
      queue.add({}, undefined);
    }
    expect(() => queue.ensureRoom()).toThrow(
      expect.objectContaining({ code: 42925, statusCode: 429 }) as Error,
    );
  });

  test('rejects a publish whose delivery cannot be journaled, before it is stored', () => {
    const journal = {
      add: () => {
        throw new Error('disk full');
      },
      finish: () => undefined,
    };
    const allTiming = { ...defaultTiming, ...timing };
    const rules = { rules: [ruleFor('room')], journal, timing: allTiming, log: () => undefined };
    const app = new App({ id: 'app1', keys: [parseKey(KEY)], rules }, allTiming);
    const send = (channel: string) =>
      publish(app, channel, [{ name: 'x' }], { identity: '*', isPrivileged: () => true, idBase: 'base' });
    expect(() => send('room')).toThrow('disk full');
    expect(app.channels.find('room')?.log.isEmpty).toBe(true);
    expect(send('elsewhere').ids).toEqual(['base:0']);
  });
});
