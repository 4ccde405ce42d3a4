import type { AblyEnvelope } from '@chat/contract';
import { describe, expect, it } from 'vitest';
import { aBroker, aRealtime, aRest, until } from './support.ts';

const timing = { ruleRetryFirst: 1, ruleRetryLargest: 5, shutdownPatience: 200 };

/** A rule whose deliveries fail so many times before they succeed. */
function aRule(channelFilter: string, failures = 0) {
  const delivered: AblyEnvelope[] = [];
  const rule = {
    channelFilter,
    attempts: 0,
    delivered,
    deliver: async (envelope: AblyEnvelope) => {
      rule.attempts += 1;
      if (rule.attempts <= failures) throw new Error('not now');
      await Promise.resolve();
      delivered.push(envelope);
    },
  };
  return rule;
}

describe('a rule', () => {
  it('receives each publish on matching channels as one envelope, exactly as Ably writes it', async () => {
    const rule = aRule('^out');
    const broker = await aBroker({ rules: [rule], timing });
    const client = aRealtime(broker, { clientId: 'ann' });
    await client.channels.get('elsewhere').publish('ignored', 'x');
    await client.channels.get('[?rewind=1]out').publish('chat', { text: 'hi' });
    await aRest(broker)
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

  it('is tried again until it succeeds, and others need not wait', async () => {
    const failing = aRule('room', 5);
    const healthy = aRule('room');
    const broker = await aBroker({ rules: [failing, healthy], timing });
    const channel = aRest(broker).channels.get('room');
    for (const name of ['a', 'b', 'c']) await channel.publish(name, undefined);
    await until(() => failing.delivered.length === 3);
    expect(failing.attempts).toBe(8);
    expect(healthy.attempts).toBe(3);
    const names = failing.delivered.map(({ messages }) => (messages[0] as { name: string }).name);
    expect(names.toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('is not told twice of an idempotent publish', async () => {
    const rule = aRule('room');
    const broker = await aBroker({ rules: [rule], timing });
    const channel = aRest(broker).channels.get('room');
    for (let times = 0; times < 3; times += 1) await channel.publish({ id: 'same', name: 'x' });
    await channel.publish('last', undefined);
    await until(() => rule.delivered.length >= 2);
    expect(rule.attempts).toBe(2);
  });

  it('gets a last chance for what still fails when the broker closes', async () => {
    const rule = aRule('room', 1);
    const broker = await aBroker({
      rules: [rule],
      timing: { ...timing, ruleRetryFirst: 60_000, ruleRetryLargest: 60_000 },
    });
    await aRest(broker).channels.get('room').publish('x', undefined);
    await until(() => rule.attempts === 1);
    await broker.close();
    expect(rule.delivered).toHaveLength(1);
  });
});
