import type * as Ably from 'ably';
import { describe, expect } from 'vitest';
import { planNamed } from '../src/index.ts';
import { Action } from '../src/protocol/actions.ts';
import { Clock } from './support/clock.ts';
import { collect, rejection, restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

const none = planNamed('none');

/** Publishes `count` messages at once and returns the codes of those that were rejected. */
async function burst(channel: Ably.RealtimeChannel | Ably.Channel, count: number): Promise<number[]> {
  const results = await Promise.allSettled(
    Array.from({ length: count }, (_, n) => channel.publish(`${n}`, 'text')),
  );
  return results.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as Ably.ErrorInfo).code] : [],
  );
}

describe('a channel under a plan', () => {
  test('rejects what exceeds its publishes per second, stays attached, and accepts more in the next', async ({
    startBroker,
    realtimeClient,
  }) => {
    const clock = new Clock();
    const lines: string[] = [];
    const broker = await startBroker({
      plan: { ...none, channelPublishes: 5 },
      timing: { now: clock.now },
      log: (_level, event, details) => lines.push(`${event} ${JSON.stringify(details)}`),
    });
    const channel = realtimeClient(broker).channels.get('room');
    const received = await collect(channel);
    expect(await burst(channel, 8)).toEqual([42913, 42913, 42913]);
    expect(channel.state).toBe('attached');
    const other = realtimeClient(broker).channels.get('room');
    expect(await rejection(other.publish('x', 'text'))).toMatchObject({ code: 42913, statusCode: 429 });
    expect(await rejection(restClient(broker).channels.get('room').publish('x', 'text'))).toMatchObject({
      code: 42913,
      statusCode: 429,
    });
    expect(await burst(realtimeClient(broker).channels.get('elsewhere'), 5)).toEqual([]);
    clock.advance(1_000);
    expect(await burst(channel, 5)).toEqual([]);
    await until(() => received.length === 10);
    const hits = lines.filter((line) => line.startsWith('limit.exceeded'));
    expect(hits).toEqual([
      expect.stringMatching(/"limit":"channelPublishes","scope":"channel:room","code":42913/),
    ]);
  });

  test('counts a publish of several messages once', async ({ startBroker, realtimeClient }) => {
    const plan = { ...none, channelPublishes: 2 };
    const broker = await startBroker({ plan, timing: { now: new Clock().now } });
    const channel = realtimeClient(broker).channels.get('room');
    const messages = Array.from({ length: 20 }, (_, n) => ({ name: `${n}` }));
    await channel.publish(messages);
    const [result] = await restClient(broker).batchPublish([{ channels: ['room'], messages }]);
    expect(result).toMatchObject({ successCount: 1 });
    expect(await rejection(channel.publish('one more', 'text'))).toMatchObject({ code: 42913 });
  });

  test('counts changes of presence, but no re-entry', async ({ startBroker, realtimeClient, connect }) => {
    const plan = { ...none, channelPublishes: 3 };
    const broker = await startBroker({ plan, timing: { now: new Clock().now } });
    const { presence } = realtimeClient(broker, { clientId: 'ann' }).channels.get('room');
    await presence.enter();
    await presence.update('away');
    const { client } = await connect(broker, { clientId: 'bob' });
    await client.attach('room');
    const enter = (msgSerial: number, id?: string) =>
      client.send({ action: Action.PRESENCE, channel: 'room', msgSerial, presence: [{ action: 2, id }] });
    enter(0);
    const { id } =
      (await client.next(Action.PRESENCE, (frame) => frame.presence[0].clientId === 'bob')).presence[0] ?? {};
    await client.next(Action.ACK);
    enter(1, id as string);
    await client.next(Action.ACK);
    expect(await rejection(presence.leave())).toMatchObject({ code: 42913 });
  });
});

describe('a connection under a plan', () => {
  test('has publishes beyond its rate rejected, on all its channels together', async ({
    startBroker,
    realtimeClient,
  }) => {
    const plan = { ...none, connectionPublishes: 4 };
    const broker = await startBroker({ plan, timing: { now: new Clock().now } });
    const client = realtimeClient(broker);
    const codes = await Promise.all(['a', 'b'].map((name) => burst(client.channels.get(name), 3)));
    expect(codes.flat()).toEqual([42911, 42911]);
    expect(client.connection.state).toBe('connected');
    expect(await burst(realtimeClient(broker).channels.get('a'), 4)).toEqual([]);
  });

  test.for([
    ['publishes far beyond its rate', { connectionPublishAttempts: 20 }, 42921],
    ['sends too many protocol messages', { connectionFrames: 20 }, 42924],
  ] as const)('is closed when it %s', async ([, limits, code], { startBroker, realtimeClient }) => {
    const broker = await startBroker({ plan: { ...none, ...limits }, timing: { now: new Clock().now } });
    const client = realtimeClient(broker);
    await client.connection.whenState('connected');
    const failed = client.connection.whenState('failed');
    void burst(client.channels.get('room'), 30);
    await failed;
    expect(client.connection.errorReason).toMatchObject({ code, statusCode: 429 });
  });
});

test.for([
  ['free', 65_536],
  ['pro', 262_144],
] as const)(
  'the plan %s accepts and announces publishes of %i bytes',
  async ([plan, size], { startBroker, connect, realtimeClient }) => {
    const broker = await startBroker({ plan });
    const { connected } = await connect(broker);
    expect(connected.connectionDetails).toMatchObject({ maxMessageSize: size, maxInboundRate: 50 });
    const channel = realtimeClient(broker).channels.get('room');
    await channel.attach(); // until it is connected, the client knows no other limit than its default
    await channel.publish({ data: 'x'.repeat(size) });
    const tooLarge = restClient(broker, { maxMessageSize: 2 * size }).channels.get('room');
    expect(await rejection(tooLarge.publish({ data: 'x'.repeat(size + 1) }))).toMatchObject({ code: 40009 });
  },
);
