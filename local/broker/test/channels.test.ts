import { describe, expect, it } from 'vitest';
import {
  aBroker,
  aConnectedRawClient,
  aRealtime,
  aRelay,
  aRest,
  aToken,
  collect,
  FORMATS,
  until,
} from './support.ts';

const FLAG = { hasPresence: 1, hasBacklog: 2, resumed: 4, attachResume: 32 };
const MODE = { presence: 1 << 16, publish: 1 << 17, subscribe: 1 << 18, presenceSubscribe: 1 << 19 };

describe('attaching', () => {
  it.each(FORMATS)('grants five modes by default (%s)', async (format) => {
    const channel = aRealtime(await aBroker(), {}, format).channels.get('room');
    await channel.attach();
    expect(channel.modes).toEqual([
      'presence',
      'publish',
      'subscribe',
      'presence_subscribe',
      'annotation_publish',
    ]);
    expect(channel.params).toEqual({});
  });

  it('echoes the params that it knows and drops others', async () => {
    const channel = aRealtime(await aBroker()).channels.get('room', {
      params: { modes: 'subscribe', delta: 'vcdiff', nonexistent: 'foo', agent: 'x' },
    });
    await channel.attach();
    expect(channel.params).toEqual({ modes: 'subscribe', delta: 'vcdiff' });
    expect(channel.modes).toEqual(['subscribe']);
  });

  it('grants what is both asked for and allowed', async () => {
    const broker = await aBroker();
    const { token } = await aToken(broker, { capability: { room: ['subscribe'] } });
    const channel = aRealtime(broker, { token }).channels.get('room', { modes: ['PUBLISH', 'SUBSCRIBE'] });
    await channel.attach();
    expect(channel.modes).toEqual(['subscribe']);
  });

  it('fails a channel that the capability does not cover, and no other', async () => {
    const broker = await aBroker();
    const { token } = await aToken(broker, { capability: { room: ['subscribe'] } });
    const client = aRealtime(broker, { token });
    await expect(client.channels.get('vault').attach()).rejects.toMatchObject({
      code: 40160,
      statusCode: 401,
    });
    await client.channels.get('room').attach();
    expect(client.connection.state).toBe('connected');
  });

  it('holds to the modes asked for: no messages without subscribe, no publish without publish', async () => {
    const { client } = await aConnectedRawClient(await aBroker());
    await client.attach('room', { flags: MODE.publish });
    client.send({ action: 15, channel: 'room', msgSerial: 0, messages: [{}] });
    await client.next(1);
    const attached = await client.attach('room', { flags: MODE.subscribe });
    expect(attached.flags).toBe(MODE.subscribe | FLAG.resumed);
    client.send({ action: 15, channel: 'room', msgSerial: 1, messages: [{}] });
    expect((await client.next(2)).error.code).toBe(40165);
    await client.settled();
    expect(client.received.filter(({ action }) => action === 15)).toEqual([]);
  });

  it('refuses malformed params on the channel alone', async () => {
    const { client } = await aConnectedRawClient(await aBroker());
    for (const params of [{ rewind: 'soon' }, { modes: 'fly' }, { rewind: '2m', rewindLimit: 'x' }]) {
      client.send({ action: 10, channel: 'room', params });
      expect(await client.next(9)).toMatchObject({ channel: 'room', error: { code: 40000 } });
    }
  });

  it('answers a repeated ATTACH as resumed, and delivers nothing twice', async () => {
    const { client } = await aConnectedRawClient(await aBroker());
    await client.attach('room');
    client.send({ action: 15, channel: 'room', msgSerial: 0, messages: [{ name: 'once' }] });
    const { channelSerial } = await client.next(15);
    const again = await client.attach('room', { params: { rewind: '1' } });
    expect(again.flags & (FLAG.resumed | FLAG.hasBacklog)).toBe(FLAG.resumed);
    expect(again.channelSerial).toBe(channelSerial);
    await client.settled();
    expect(client.received.filter(({ action }) => action === 15)).toEqual([]);
  });

  it('answers every DETACH', async () => {
    const { client } = await aConnectedRawClient(await aBroker());
    for (let times = 0; times < 2; times += 1) {
      client.send({ action: 12, channel: 'room' });
      expect(await client.next(13)).toEqual({ action: 13, channel: 'room' });
    }
  });

  it('allows 200 channels on one connection', async () => {
    const { client } = await aConnectedRawClient(await aBroker());
    for (let n = 0; n <= 200; n += 1) client.send({ action: 10, channel: `room${n}` });
    expect(await client.next(9)).toMatchObject({ channel: 'room200', error: { code: 90010 } });
  });

  it('speaks to each of two names of one channel under its own', async () => {
    const broker = await aBroker();
    const client = aRealtime(broker);
    const names = ['room', '[?rewind=1]room'];
    const received = await Promise.all(names.map((name) => collect(client.channels.get(name))));
    await aRest(broker).channels.get('room').publish('x', undefined);
    await until(() => received.every(({ length }) => length === 1));
  });
});

describe('rewind', () => {
  const publishThree = async (port: { port: number }) => {
    const channel = aRest(port).channels.get('room');
    for (const name of ['a', 'b', 'c']) await channel.publish(name, { name });
  };

  it.each([
    ['the last 2', '[?rewind=2]room', ['b', 'c']],
    ['2 minutes', '[?rewind=2m]room', ['a', 'b', 'c']],
    ['a time, limited', '[?rewind=2m&rewindLimit=1]room', ['c']],
  ])('replays %s, oldest first, after ATTACHED', async (_, name, expected) => {
    const broker = await aBroker();
    await publishThree(broker);
    const channel = aRealtime(broker).channels.get(name);
    const backlog: (boolean | undefined)[] = [];
    channel.on('attached', ({ hasBacklog }) => backlog.push(hasBacklog));
    const messages = await collect(channel);
    await until(() => messages.length === expected.length);
    expect(messages.map((message) => message.name)).toEqual(expected);
    expect(messages.at(-1)?.data).toEqual({ name: 'c' });
    expect(backlog).toEqual([true]);
  });

  it('counts messages, though they were published together', async () => {
    const broker = await aBroker();
    await aRest(broker)
      .channels.get('room')
      .publish([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    const messages = await collect(aRealtime(broker).channels.get('[?rewind=2]room'));
    await until(() => messages.length === 2);
    expect(messages.map(({ name }) => name)).toEqual(['b', 'c']);
  });

  it('has no backlog on a silent channel, and none older than its time', async () => {
    let now = Date.now();
    const broker = await aBroker({ timing: { now: () => now } });
    const { client } = await aConnectedRawClient(broker);
    expect((await client.attach('[?rewind=2m]silent')).flags & FLAG.hasBacklog).toBe(0);
    await publishThree(broker);
    now += 30_001;
    expect((await client.attach('[?rewind=30s]room')).flags & FLAG.hasBacklog).toBe(0);
    expect((await client.attach('[?rewind=31s]room')).flags & FLAG.hasBacklog).toBe(FLAG.hasBacklog);
  });

  it('is limited to 100 messages, and says so', async () => {
    const broker = await aBroker();
    await aRest(broker)
      .channels.get('room')
      .publish(Array.from({ length: 101 }, (_, n) => ({ name: `${n}` })));
    const { client } = await aConnectedRawClient(broker);
    expect((await client.attach('[?rewind=1m]room')).error.code).toBe(90004);
    expect((await client.next(15)).messages).toHaveLength(100);
  });

  it('is left out when the client resumes', async () => {
    const broker = await aBroker();
    await publishThree(broker);
    const { client } = await aConnectedRawClient(broker);
    const attached = await client.attach('[?rewind=2]room', { flags: FLAG.attachResume });
    expect(attached.flags & FLAG.hasBacklog).toBe(0);
  });
});

describe('continuity', () => {
  it('holds from any position that was handed out, also of a silent channel', async () => {
    const broker = await aBroker();
    const first = await aConnectedRawClient(broker);
    const { channelSerial } = await first.client.attach('room');
    const second = await aConnectedRawClient(broker);
    const resumed = await second.client.attach('room', { channelSerial });
    expect(resumed.flags & (FLAG.resumed | FLAG.hasBacklog)).toBe(FLAG.resumed);
    await aRest(broker).channels.get('room').publish('missed', undefined);
    const third = await aConnectedRawClient(broker);
    const behind = await third.client.attach('room', { channelSerial });
    expect(behind.flags & (FLAG.resumed | FLAG.hasBacklog)).toBe(FLAG.resumed | FLAG.hasBacklog);
    expect((await third.client.next(15)).messages).toMatchObject([{ name: 'missed' }]);
  });

  it.each([
    ['foreign', '01700000000000-000@abcdefabcdef'],
    ['malformed', 'now'],
    ['from the future', '99999999999999-000@'],
  ])('is lost, and said to be, from a %s position', async (_, forged) => {
    const { client } = await aConnectedRawClient(await aBroker());
    const { channelSerial: head } = await client.attach('other');
    const channelSerial = forged.endsWith('@') ? forged + (head as string).split('@')[1] : forged;
    const attached = await client.attach('room', { channelSerial, params: { rewind: '1' } });
    expect(attached.flags & FLAG.resumed).toBe(0);
    expect(attached.error.code).toBe(90003);
  });

  it('is lost once what followed was forgotten', async () => {
    let now = Date.now();
    const broker = await aBroker({ timing: { now: () => now, sweepInterval: 5 } });
    const { client } = await aConnectedRawClient(broker);
    const { channelSerial } = await client.attach('room');
    const channel = aRest(broker).channels.get('room');
    await channel.publish('old', undefined);
    now += 120_001;
    await until(async () => (await channel.history()).items.length === 0);
    const { client: late } = await aConnectedRawClient(broker);
    expect((await late.attach('room', { channelSerial })).error.code).toBe(90003);
  });

  it('is told to the official client: resumed after a cut, not after the broker was replaced', async () => {
    const broker = await aBroker();
    const relay = await aRelay(broker);
    const client = aRealtime(relay, { disconnectedRetryTimeout: 10 });
    const channel = client.channels.get('room');
    await channel.attach();
    const resumed: (boolean | undefined)[] = [];
    channel.on('attached', (change) => resumed.push(change.resumed));
    relay.cut();
    await until(() => resumed.length === 1);
    relay.shut();
    const { port } = broker;
    await broker.close();
    await aBroker({ port });
    relay.open();
    await until(() => resumed.length === 2);
    expect(resumed).toEqual([true, false]);
  });
});
