import { describe, expect, it } from 'vitest';
import { ChannelLog } from '../src/channels/log.ts';
import { Recent } from '../src/channels/recent.ts';
import { ChannelRegistry } from '../src/channels/registry.ts';
import { serialAt } from '../src/channels/serial.ts';
import { limits } from '../src/limits.ts';
import { defaultTiming } from '../src/timing.ts';
import { aBroker, aConnectedRawClient, aRest, until } from './support.ts';

const entry = (n: number, size = 0) => ({
  kind: 'message' as const,
  id: `id${n}`,
  serial: serialAt(n, 0, 'run'),
  timestamp: n,
  size,
  items: [{ id: `id${n}:0`, serial: `s${n}`, timestamp: n }],
});

describe('a reader that is too slow', () => {
  it(
    'is told so instead of being buffered for without end, and misses nothing',
    { timeout: 30_000 },
    async () => {
      const events: string[] = [];
      const broker = await aBroker({ log: (_level, event) => events.push(event) });
      const { client: slow } = await aConnectedRawClient(broker, {}, 'msgpack');
      await slow.attach('room');
      slow.freeze();
      const channel = aRest(broker).channels.get('room');
      const block = { data: 'x'.repeat(60_000) };
      let published = 0;
      while (!events.includes('transport.too-slow')) {
        await channel.publish({ ...block, name: `${published++}` });
        expect(published * 60_000).toBeLessThan(4 * limits.maxBufferedBytes);
      }
      slow.thaw();
      expect((await slow.next(6)).error.code).toBe(80003);
      await slow.closed();
      const seen = slow.received.filter(({ action }) => action === 15);
      const again = (await aConnectedRawClient(broker)).client;
      const { flags, channelSerial } = await again.attach('room', {
        channelSerial: seen.at(-1)?.channelSerial,
      });
      expect(flags & 4).toBe(4);
      expect(channelSerial).toBe(seen.at(-1)?.channelSerial);
      while (seen.length < published) seen.push(await again.next(15));
      const names = seen.map(({ messages }) => Number((messages as { name: string }[])[0]?.name));
      expect(names).toEqual(Array.from({ length: published }, (_, n) => n));
    },
  );
});

describe('what a channel remembers', () => {
  it.each([
    ['entries', limits.logEntriesPerChannel + 1, 0],
    ['bytes', 300, limits.logBytesPerChannel / 250],
  ])('is bounded in %s, and continuity before it is known to be lost', (_, count, size) => {
    const log = new ChannelLog(serialAt(0, 0, 'run'));
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

  it('goes with the channel, once nobody could resume there', () => {
    let now = 1_000_000;
    const timing = { ...defaultTiming, now: () => now };
    const persisted = new Set<string>();
    const channels = new ChannelRegistry({
      series: 'run',
      persisted,
      maxMembers: 1,
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

describe('one connection', () => {
  it(
    'attaches to 200 of 10,000 channels, publishes to all, and harms nobody',
    { timeout: 30_000 },
    async () => {
      const broker = await aBroker();
      const bystander = (await aConnectedRawClient(broker)).client;
      const { client } = await aConnectedRawClient(broker);
      for (let n = 0; n < 10_000; n += 1) {
        client.send({ action: 10, channel: `room${n}` });
        client.send({ action: 15, channel: `room${n}`, msgSerial: n, messages: [{ name: 'x' }] });
      }
      await client.settled();
      const count = (action: number) => client.received.filter((frame) => frame.action === action).length;
      expect([count(11), count(9), count(1)]).toEqual([200, 9_800, 10_000]);
      await bystander.settled();
      expect((await aRest(broker).channels.get('room9999').history()).items).toHaveLength(1);
      client.cut();
      const isActive = async () => (await aRest(broker).channels.get('room0').status()).status.isActive;
      await until(async () => !(await isActive()));
    },
  );
});

it('a bounded map forgets what was set longest ago', () => {
  const recent = new Recent<string, number>(2);
  recent.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
  expect([...recent]).toEqual([
    ['a', 3],
    ['c', 4],
  ]);
});
