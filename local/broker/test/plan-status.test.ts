import { expect } from 'vitest';
import { planNamed } from '../src/index.ts';
import { LimitHits } from '../src/plan/hits.ts';
import { Proportion, SecondWindow } from '../src/plan/rate.ts';
import { Clock } from './support/clock.ts';
import { rejection, restClient } from './support/helpers.ts';
import { test } from './support/test.ts';

test('the status of the broker shows the limits, what exceeded them, and what rules lost', async ({
  startBroker,
}) => {
  const plan = { ...planNamed('none'), channelPublishes: 2 };
  const rules = [{ channelFilter: 'room', deliver: () => Promise.resolve(), lossShare: 1 }];
  const broker = await startBroker({ plan, rules, timing: { now: new Clock().now } });
  const client = restClient(broker);
  for (const name of ['a', 'b']) await client.channels.get('room').publish(name, 'text');
  for (const name of ['c', 'd', 'e']) await rejection(client.channels.get('room').publish(name, 'text'));
  const { items } = await client.request('GET', '/status', 6, {}, undefined, {});
  expect(items[0]).toEqual({
    limits: { channelPublishes: 2, channelsPerConnection: 200, presenceMembers: 200, messageSize: 65_536 },
    exceeded: { channelPublishes: 3 },
    lostDeliveries: 2,
  });
  expect((await fetch(`${broker.url}/status`)).status).toBe(401);
});

test('the log has one line for each limit and scope within 10 s, with how often it was exceeded', () => {
  const lines: object[] = [];
  const hits = new LimitHits((_level, event, details) => lines.push({ event, ...details }));
  for (let n = 0; n < 100; n += 1) hits.record('channelPublishes', 'channel:room', 1_000 + n);
  hits.record('channelPublishes', 'channel:other', 1_050);
  hits.record('channelPublishes', 'channel:room', 11_001);
  expect(lines).toMatchObject([
    { event: 'limit.exceeded', scope: 'channel:room', count: 1 },
    { event: 'limit.exceeded', scope: 'channel:other', count: 1 },
    { event: 'limit.exceeded', scope: 'channel:room', count: 100 },
  ]);
  expect(hits.counts()).toEqual({ channelPublishes: 102 });
});

test('a window admits up to its limit in each second of the clock, also when the clock steps back', () => {
  const window = new SecondWindow(3);
  expect([window.take(1_000, 2), window.take(1_999, 2), window.take(1_999)]).toEqual([2, 1, 0]);
  expect(window.take(2_000, 5)).toBe(3);
  expect(window.take(1_500)).toBe(1);
});

test('a proportion refuses nothing up to its rate, and half at twice the rate', () => {
  let seed = 1;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const share = (perSecond: number) => {
    const rate = new Proportion(100, random);
    const admitted = Array.from({ length: 20 * perSecond }, (_, n) => rate.admits((n * 1_000) / perSecond));
    return admitted.filter(Boolean).length / admitted.length;
  };
  expect(share(100)).toBe(1);
  expect(share(200)).toBeCloseTo(0.5, 1);
  expect(share(1_000)).toBeCloseTo(0.1, 1);
});

test('the plans have the numbers that Ably documents', () => {
  const numbers = (['free', 'standard', 'pro'] as const).map((name) => {
    const { accountMessages, connections, newConnections, channels, requests, invocations } = planNamed(name);
    return [accountMessages, connections, newConnections, channels, requests, invocations];
  });
  expect(numbers).toEqual([
    [500, 200, 42, 200, 50, 250],
    [2_500, 10_000, 250, 10_000, 362, 250],
    [10_000, 50_000, 500, 50_000, 1_447, 1_000],
  ]);
});
