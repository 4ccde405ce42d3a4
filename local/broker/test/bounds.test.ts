import { describe, expect } from 'vitest';
import { ChannelLog } from '../src/channels/log.ts';
import { Memory } from '../src/channels/memory.ts';
import { ChannelRegistry } from '../src/channels/registry.ts';
import { serialAt } from '../src/channels/serial.ts';
import { BoundedMap } from '../src/connections/bounded-map.ts';
import { limits } from '../src/limits.ts';
import { defaultTiming } from '../src/timing.ts';
import { Action, Flag } from '../src/protocol/actions.ts';
import { restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

const entry = (n: number, size = 0) => ({
  kind: 'message' as const,
  id: `id${n}`,
  serial: serialAt(n, 0, 'run'),
  timestamp: n,
  size,
  items: [{ id: `id${n}:0`, serial: `s${n}`, timestamp: n }],
});

describe('a client that reads too slowly', () => {
  test(
    'is disconnected instead of buffered for without limit, and misses nothing',
    { timeout: 60_000 },
    async ({ startBroker, connect }) => {
      const events: string[] = [];
      const broker = await startBroker({ log: (_level, event) => events.push(event) });
      const { client: slow } = await connect(broker, {}, 'msgpack');
      await slow.attach('room');
      slow.freeze();
      const { client: publisher } = await connect(broker, {}, 'msgpack');
      const data = 'x'.repeat(60_000);
      let published = 0;
      while (!events.includes('transport.too-slow')) {
        for (let n = 0; n < 10; n += 1) {
          const messages = [{ name: `${published}`, data }];
          publisher.send({ action: Action.MESSAGE, channel: 'room', msgSerial: published, messages });
          published += 1;
        }
        await publisher.settled();
        expect(published * data.length).toBeLessThan(4 * limits.maxBufferedBytes);
      }
      slow.thaw();
      expect((await slow.next(Action.DISCONNECTED)).error.code).toBe(80003);
      await slow.closed();
      const seen = slow.received.filter(({ action }) => action === Action.MESSAGE);
      const again = (await connect(broker)).client;
      const { flags, channelSerial } = await again.attach('room', {
        channelSerial: seen.at(-1)?.channelSerial,
      });
      expect(flags & Flag.RESUMED).toBe(Flag.RESUMED);
      expect(channelSerial).toBe(seen.at(-1)?.channelSerial);
      while (seen.length < published) seen.push(await again.next(Action.MESSAGE));
      const names = seen.map(({ messages }) => Number((messages as { name: string }[])[0]?.name));
      expect(names).toEqual(Array.from({ length: published }, (_, n) => n));
    },
  );
});

describe('the log of a channel', () => {
  test.for([
    ['entries', limits.logEntriesPerChannel + 1, 0],
    ['bytes', 300, limits.logBytesPerChannel / 250],
  ] as const)('is bounded in %s, and continuity before it is lost', ([, count, size]) => {
    const log = new ChannelLog(serialAt(0, 0, 'run'), new Memory());
    for (let n = 1; n <= count; n += 1) log.append(entry(n, size));
    const [oldest] = log.entries;
    expect(log.entries.length).toBeLessThanOrEqual(limits.logEntriesPerChannel);
    expect(log.entries.length * size).toBeLessThanOrEqual(limits.logBytesPerChannel);
    expect(log.entries.length).toBeGreaterThan(200);
    expect(oldest?.timestamp).toBeGreaterThan(1);
    expect(log.reachesBackTo(serialAt(0, 0, 'run'))).toBe(false);
    expect(log.reachesBackTo(oldest?.serial ?? '')).toBe(true);
    expect(log.messageWithId('id1:0')).toBeUndefined();
    expect(log.messageWithId(`id${count}:0`)).toBeDefined();
  });

  test('shares its memory: the largest log loses its oldest entries first', () => {
    const memory = new Memory(100_000);
    const start = serialAt(0, 0, 'run');
    const [small, large] = [new ChannelLog(start, memory), new ChannelLog(start, memory)];
    small.append(entry(1, 1_000));
    for (let n = 1; n <= 300; n += 1) large.append(entry(n, 1_000));
    expect(small.entries).toHaveLength(1);
    expect(small.bytes + large.bytes).toBeLessThanOrEqual(100_000);
    expect(large.messageWithId('id300:0')).toBeDefined();
    large.release();
    large.append(entry(301, 1_000));
    for (let n = 2; n <= 60; n += 1) small.append(entry(n, 1_000));
    expect(small.entries).toHaveLength(60);
  });

  test('is one of a limited number', () => {
    const memory = new Memory(100_000, 2);
    const start = serialAt(0, 0, 'run');
    const first = new ChannelLog(start, memory);
    const second = new ChannelLog(start, memory);
    expect(() => new ChannelLog(start, memory)).toThrow('The broker has 2 channels, the maximum');
    first.release();
    const third = new ChannelLog(start, memory);
    expect([second.bytes, third.bytes]).toEqual([0, 0]);
  });

  test('is discarded with its channel once no client can resume there', () => {
    let now = 1_000_000;
    const timing = { ...defaultTiming, now: () => now };
    const persisted = new Set<string>();
    const channels = new ChannelRegistry({
      series: 'run',
      persisted,
      maxMembers: 1,
      memory: new Memory(),
      timing,
      onEntry: () => {},
    });
    channels
      .get('room')
      .publish({ id: 'x', size: 0 }, (serial, timestamp) => [{ id: 'x:0', serial, timestamp }]);
    const isThere = (ms: number) => {
      now += ms;
      channels.prune(now);
      return channels.find('room') !== undefined;
    };
    expect(isThere(1)).toBe(true);
    expect(isThere(timing.retention)).toBe(true);
    expect(channels.find('room')?.log.isEmpty).toBe(true);
    expect(isThere(timing.connectionStateTtl)).toBe(true);
    expect(isThere(1)).toBe(false);
  });
});

describe('a connection', () => {
  test(
    'attaches to 200 of 10,000 channels, publishes to all, and affects no other connection',
    { timeout: 60_000 },
    async ({ broker, connect }) => {
      const bystander = (await connect(broker)).client;
      const { client } = await connect(broker);
      for (let n = 0; n < 10_000; n += 1) {
        client.send({ action: Action.ATTACH, channel: `room${n}` });
        client.send({ action: Action.MESSAGE, channel: `room${n}`, msgSerial: n, messages: [{ name: 'x' }] });
      }
      await client.settled();
      const count = (action: number) => client.received.filter((frame) => frame.action === action).length;
      expect([count(11), count(9), count(1)]).toEqual([200, 9_800, 10_000]);
      await bystander.settled();
      expect((await restClient(broker).channels.get('room9999').history()).items).toHaveLength(1);
      client.cut();
      const isActive = async () => (await restClient(broker).channels.get('room0').status()).status.isActive;
      await until(async () => !(await isActive()));
    },
  );
});

test('a bounded map evicts the entry set longest ago', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
  expect([...map]).toEqual([
    ['a', 3],
    ['c', 4],
  ]);
});
