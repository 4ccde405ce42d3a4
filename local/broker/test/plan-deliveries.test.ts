import type * as Ably from 'ably';
import { describe, expect } from 'vitest';
import { planNamed } from '../src/index.ts';
import { Action, Flag } from '../src/protocol/actions.ts';
import { Clock } from './support/clock.ts';
import { collect, restClient, until } from './support/helpers.ts';
import { test as brokerTest } from './support/test.ts';

const plan = { ...planNamed('none'), connectionDeliveries: 5 };

const test = brokerTest.extend('clock', () => new Clock());

/** Collects the losses of continuity that a channel reports. */
function losses(channel: Ably.RealtimeChannel): Ably.ChannelStateChange[] {
  const changes: Ably.ChannelStateChange[] = [];
  channel.on('update', (change) => changes.push(change));
  return changes;
}

const names = (messages: Ably.InboundMessage[]) => messages.map(({ name }) => name);
const some = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => ({ name: `${from + n}` }));

describe('a connection under a plan', () => {
  test('loses the messages beyond its rate, and is notified once on each channel that lost some', async ({
    startBroker,
    realtimeClient,
    clock,
  }) => {
    const broker = await startBroker({ plan, timing: { now: clock.now } });
    const client = realtimeClient(broker);
    const [room, quiet] = ['room', 'quiet'].map((name) => client.channels.get(name)) as [
      Ably.RealtimeChannel,
      Ably.RealtimeChannel,
    ];
    const [received] = [await collect(room), await collect(quiet)];
    const [lost, notLost] = [losses(room), losses(quiet)];
    const publisher = restClient(broker).channels.get('room');
    for (const message of some(0, 9)) await publisher.publish(message);
    clock.advance(1_000);
    await publisher.publish({ name: 'later' });
    await until(() => names(received).includes('later'));
    expect(names(received)).toEqual(['0', '1', '2', '3', '4', 'later']);
    expect(lost).toMatchObject([{ resumed: false, reason: { code: 80020, statusCode: 400 } }]);
    expect(room.state).toBe('attached');
    expect(notLost).toEqual([]);
    expect((await room.history()).items).toHaveLength(10);
  });

  test('counts each message of a publish, and receives those that fit', async ({
    startBroker,
    realtimeClient,
    clock,
  }) => {
    const broker = await startBroker({ plan, timing: { now: clock.now } });
    const channel = realtimeClient(broker).channels.get('room');
    const received = await collect(channel);
    const lost = losses(channel);
    await restClient(broker).channels.get('room').publish(some(0, 8));
    await until(() => lost.length === 1); // also when no further message follows
    expect(names(received)).toEqual(['0', '1', '2', '3', '4']);
  });

  test('is notified before the next message, with the presence set, and can resume from there', async ({
    startBroker,
    realtimeClient,
    connect,
    clock,
  }) => {
    const broker = await startBroker({ plan, timing: { now: clock.now } });
    await realtimeClient(broker, { clientId: 'ann' }).channels.get('room').presence.enter();
    const { client } = await connect(broker);
    await client.attach('room');
    await client.next(Action.SYNC);
    await restClient(broker).channels.get('room').publish(some(0, 6));
    clock.advance(1_000);
    await restClient(broker).channels.get('room').publish({ name: 'later' });
    const message = await client.next(Action.MESSAGE, ({ messages }) => messages[0].name === 'later');
    const attached = await client.next(Action.ATTACHED);
    expect(attached.flags & Flag.RESUMED).toBe(0);
    expect(attached.flags & Flag.HAS_PRESENCE).toBe(Flag.HAS_PRESENCE);
    expect(attached.channelSerial < message.channelSerial).toBe(true);
    expect((await client.next(Action.SYNC)).presence).toMatchObject([{ clientId: 'ann' }]);
    const again = await (
      await connect(broker)
    ).client.attach('room', { channelSerial: attached.channelSerial });
    expect(again.flags & Flag.RESUMED).toBe(Flag.RESUMED);
  });

  test('loses what a rewind replays beyond its rate, and is notified', async ({
    startBroker,
    realtimeClient,
    clock,
  }) => {
    const broker = await startBroker({ plan, timing: { now: clock.now } });
    await restClient(broker).channels.get('room').publish(some(0, 8));
    const channel = realtimeClient(broker).channels.get('[?rewind=2m]room');
    const lost = losses(channel);
    const received = await collect(channel);
    await until(() => lost.length === 1);
    expect(names(received)).toEqual(['0', '1', '2', '3', '4']);
    expect(lost).toMatchObject([{ reason: { code: 80020 } }]);
  });
});
