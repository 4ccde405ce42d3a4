import type { AblyEnvelope } from '@chat/contract';
import { describe, expect } from 'vitest';
import { planNamed } from '../src/index.ts';
import { Clock } from './support/clock.ts';
import { collect, restClient, until } from './support/helpers.ts';
import { test as brokerTest } from './support/test.ts';

/** The rules of the plan, without limits on what the test publishes. */
const plan = { ...planNamed('none'), invocationsInFlight: 25 };

const nameIn = ({ messages }: AblyEnvelope) => Number((messages[0] as { name: string }).name);
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** The target of a rule, which answers when the test says so. */
class Target {
  readonly delivered: number[] = [];
  readonly attempted: number[] = [];
  fails = (_name: number): boolean => false;
  #answer = Promise.resolve();
  answer: () => void = () => undefined;

  hold(): void {
    this.#answer = new Promise((resolve) => (this.answer = resolve));
  }

  readonly deliver = async (envelope: AblyEnvelope): Promise<void> => {
    this.attempted.push(nameIn(envelope));
    await this.#answer;
    if (this.fails(nameIn(envelope))) throw new Error('503');
    this.delivered.push(nameIn(envelope));
  };
}

interface LogEvent {
  error: { code: number; message: string };
  ruleId: string;
  channel: string;
  messageIds: string[];
}

const test = brokerTest
  .extend('target', () => new Target())
  .extend('lines', (): string[] => [])
  // Publishes messages that are named 0, 1, … and returns what `[meta]log` says about the losses.
  .extend('publish', ({ realtimeClient }) => async (port: number, count: number) => {
    const client = realtimeClient({ port });
    const log = await collect(client.channels.get('[meta]log'));
    const channel = client.channels.get('room');
    await Promise.all(numbers(count).map((n) => channel.publish({ id: `id${n}`, name: `${n}` })));
    return { losses: () => log.map(({ data }) => data as LogEvent) };
  });

describe('a rule under a plan', () => {
  test('has 25 invocations in flight and 10 waiting; the rest is lost although it was acknowledged', async ({
    startBroker,
    target,
    lines,
    publish,
  }) => {
    target.hold();
    const rules = [{ channelFilter: 'room', deliver: target.deliver, reorderWithin: 0 }];
    const log = (_level: string, event: string) => void lines.push(event);
    const { port } = await startBroker({ plan, rules, log });
    const { losses } = await publish(port, 40);
    await until(() => losses().length === 5);
    expect(target.attempted).toEqual(numbers(25));
    target.answer();
    await until(() => target.delivered.length === 35);
    expect(losses().map(({ messageIds }) => messageIds)).toEqual(numbers(5).map((n) => [`id${35 + n}`]));
    expect(losses()[0]).toMatchObject({ error: { code: 70003 }, ruleId: 'rule1', channel: 'room' });
    expect(lines.filter((event) => event === 'rule.lost')).toHaveLength(5);
    expect(lines.filter((event) => event === 'limit.exceeded')).toHaveLength(1);
  });

  test('retries a failed invocation twice, after the delays, and then loses it', async ({
    startBroker,
    target,
    publish,
  }) => {
    const attempts: number[] = [];
    target.fails = (name) => {
      if (name === 0) attempts.push(performance.now());
      // The message 0 fails for ever, the message 1 until its last attempt.
      return name === 0 || target.attempted.filter((each) => each === name).length < 3;
    };
    const rules = [{ channelFilter: 'room', deliver: target.deliver }];
    const { port } = await startBroker({ plan, rules, timing: { invocationRetries: [100, 300] } });
    const { losses } = await publish(port, 2);
    await until(() => losses().length === 1 && target.delivered.length === 1);
    expect(target.delivered).toEqual([1]);
    expect(losses()).toMatchObject([{ error: { code: 70000 }, messageIds: ['id0'] }]);
    const [first = 0, second = 0, third = 0, ...others] = attempts;
    expect(others).toEqual([]);
    expect(second - first).toBeGreaterThan(95);
    expect(third - second).toBeGreaterThan(295);
  });

  test('delivers out of order', async ({ startBroker, target, publish }) => {
    const rules = [{ channelFilter: 'room', deliver: target.deliver }];
    const { port } = await startBroker({ plan: { ...plan, invocationsInFlight: 100 }, rules });
    await publish(port, 60);
    await until(() => target.delivered.length === 60);
    expect(target.delivered).not.toEqual(numbers(60));
    expect(target.delivered.toSorted((a, b) => a - b)).toEqual(numbers(60));
  });

  test('loses a proportion of what exceeds the rate of the account', async ({
    startBroker,
    target,
    publish,
  }) => {
    const rules = [{ channelFilter: 'room', deliver: target.deliver }];
    const account = { ...plan, invocations: 50, invocationsInFlight: 1_000 };
    const { port } = await startBroker({ plan: account, rules, timing: { now: new Clock().now } });
    const { losses } = await publish(port, 300);
    await until(() => losses().length + target.delivered.length === 300);
    expect(
      target.delivered
        .slice()
        .sort((a, b) => a - b)
        .slice(0, 50),
    ).toEqual(numbers(50));
    expect(losses().length).toBeGreaterThan(100);
    expect(new Set(losses().map(({ error }) => error.code))).toEqual(new Set([42925]));
  });

  test('with a journal loses nothing, whatever the plan says', async ({
    startBroker,
    target,
    publish,
    task,
  }) => {
    target.hold();
    const rules = [{ channelFilter: 'room', deliver: target.deliver }];
    const journal = `/tmp/${task.id}-${process.pid}.jsonl`;
    const { port } = await startBroker({ plan: { ...plan, invocations: 1 }, rules, journal });
    await publish(port, 60);
    target.answer();
    await until(() => target.delivered.length === 60);
  });
});

test('a rule loses a share on request, and announces each loss', async ({ startBroker, target, publish }) => {
  const rules = [{ channelFilter: 'room', deliver: target.deliver, lossShare: 0.5 }];
  const { port } = await startBroker({ rules });
  const { losses } = await publish(port, 100);
  await until(() => losses().length + target.delivered.length === 100);
  expect(losses().length).toBeGreaterThan(20);
  expect(losses().length).toBeLessThan(80);
  const ids = [...losses().flatMap(({ messageIds }) => messageIds), ...target.delivered.map((n) => `id${n}`)];
  expect(new Set(ids).size).toBe(100);
});

test('a rule for every channel is not invoked for what the broker says about losses', async ({
  startBroker,
  target,
  realtimeClient,
}) => {
  const rules = [{ channelFilter: '', deliver: target.deliver, lossShare: 1 }];
  const broker = await startBroker({ rules });
  const log = await collect(realtimeClient(broker).channels.get('[meta]log'));
  await restClient(broker).channels.get('room').publish('0', 'text');
  await until(() => log.length === 1);
  await restClient(broker).channels.get('room').publish('1', 'text');
  await until(() => log.length === 2);
  expect(log.map(({ data }) => (data as LogEvent).channel)).toEqual(['room', 'room']);
});
