import { describe, expect } from 'vitest';
import { Action, Flag, Mode } from '../src/protocol/actions.ts';
import { collect, FORMATS, requestToken, restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

describe('an attachment', () => {
  test.for(FORMATS)('gets five modes by default (%s)', async (format, { broker, realtimeClient }) => {
    const channel = realtimeClient(broker, {}, format).channels.get('room');
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

  test('echoes supported params and drops others', async ({ broker, realtimeClient }) => {
    const channel = realtimeClient(broker).channels.get('room', {
      params: { modes: 'subscribe', delta: 'vcdiff', nonexistent: 'foo', agent: 'x' },
    });
    await channel.attach();
    expect(channel.params).toEqual({ modes: 'subscribe', delta: 'vcdiff' });
    expect(channel.modes).toEqual(['subscribe']);
  });

  test('gets the requested modes that its capability allows', async ({ broker, realtimeClient }) => {
    const { token } = await requestToken(broker, { capability: { room: ['subscribe'] } });
    const channel = realtimeClient(broker, { token }).channels.get('room', {
      modes: ['PUBLISH', 'SUBSCRIBE'],
    });
    await channel.attach();
    expect(channel.modes).toEqual(['subscribe']);
  });

  test('fails alone if the capability does not cover its channel', async ({ broker, realtimeClient }) => {
    const { token } = await requestToken(broker, { capability: { room: ['subscribe'] } });
    const client = realtimeClient(broker, { token });
    await expect(client.channels.get('vault').attach()).rejects.toMatchObject({
      code: 40160,
      statusCode: 401,
    });
    await client.channels.get('room').attach();
    expect(client.connection.state).toBe('connected');
  });

  test('is limited to its modes: no messages without subscribe, no publishing without publish', async ({
    broker,
    connect,
  }) => {
    const { client } = await connect(broker);
    await client.attach('room', { flags: Mode.publish });
    client.send({ action: Action.MESSAGE, channel: 'room', msgSerial: 0, messages: [{}] });
    await client.next(Action.ACK);
    const attached = await client.attach('room', { flags: Mode.subscribe });
    expect(attached.flags).toBe(Mode.subscribe | Flag.RESUMED);
    client.send({ action: Action.MESSAGE, channel: 'room', msgSerial: 1, messages: [{}] });
    expect((await client.next(Action.NACK)).error.code).toBe(40165);
    await client.settled();
    expect(client.received.filter(({ action }) => action === Action.MESSAGE)).toEqual([]);
  });

  test('with malformed params fails alone', async ({ broker, connect }) => {
    const { client } = await connect(broker);
    for (const params of [{ rewind: 'soon' }, { modes: 'fly' }, { rewind: '2m', rewindLimit: 'x' }]) {
      client.send({ action: Action.ATTACH, channel: 'room', params });
      expect(await client.next(Action.ERROR)).toMatchObject({ channel: 'room', error: { code: 40000 } });
    }
  });

  test('that is repeated is resumed and receives no message twice', async ({ broker, connect }) => {
    const { client } = await connect(broker);
    await client.attach('room');
    client.send({ action: Action.MESSAGE, channel: 'room', msgSerial: 0, messages: [{ name: 'once' }] });
    const { channelSerial } = await client.next(Action.MESSAGE);
    const again = await client.attach('room', { params: { rewind: '1' } });
    expect(again.flags & (Flag.RESUMED | Flag.HAS_BACKLOG)).toBe(Flag.RESUMED);
    expect(again.channelSerial).toBe(channelSerial);
    await client.settled();
    expect(client.received.filter(({ action }) => action === Action.MESSAGE)).toEqual([]);
  });

  test('gets DETACHED for every DETACH', async ({ broker, connect }) => {
    const { client } = await connect(broker);
    for (let times = 0; times < 2; times += 1) {
      client.send({ action: Action.DETACH, channel: 'room' });
      expect(await client.next(Action.DETACHED)).toEqual({ action: Action.DETACHED, channel: 'room' });
    }
  });

  test('fails beyond 200 channels on one connection', async ({ broker, connect }) => {
    const { client } = await connect(broker);
    for (let n = 0; n <= 200; n += 1) client.send({ action: Action.ATTACH, channel: `room${n}` });
    expect(await client.next(Action.ERROR)).toMatchObject({ channel: 'room200', error: { code: 90010 } });
  });

  test('receives messages under each of two names of one channel', async ({ broker, realtimeClient }) => {
    const client = realtimeClient(broker);
    const names = ['room', '[?rewind=1]room'];
    const received = await Promise.all(names.map((name) => collect(client.channels.get(name))));
    await restClient(broker).channels.get('room').publish('x', undefined);
    await until(() => received.every(({ length }) => length === 1));
  });
});

describe('rewind', () => {
  const publishThree = async (port: { port: number }) => {
    const channel = restClient(port).channels.get('room');
    for (const name of ['a', 'b', 'c']) await channel.publish(name, { name });
  };

  test.for([
    ['the last 2', '[?rewind=2]room', ['b', 'c']],
    ['2 minutes', '[?rewind=2m]room', ['a', 'b', 'c']],
    ['a time, limited', '[?rewind=2m&rewindLimit=1]room', ['c']],
  ] as const)(
    'replays %s, oldest first, after ATTACHED',
    async ([, name, expected], { broker, realtimeClient }) => {
      await publishThree(broker);
      const channel = realtimeClient(broker).channels.get(name);
      const backlog: (boolean | undefined)[] = [];
      channel.on('attached', ({ hasBacklog }) => backlog.push(hasBacklog));
      const messages = await collect(channel);
      await until(() => messages.length === expected.length);
      expect(messages.map((message) => message.name)).toEqual(expected);
      expect(messages.at(-1)?.data).toEqual({ name: 'c' });
      expect(backlog).toEqual([true]);
    },
  );

  test('counts the single messages of one publish', async ({ broker, realtimeClient }) => {
    await restClient(broker)
      .channels.get('room')
      .publish([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    const messages = await collect(realtimeClient(broker).channels.get('[?rewind=2]room'));
    await until(() => messages.length === 2);
    expect(messages.map(({ name }) => name)).toEqual(['b', 'c']);
  });

  test('replays nothing on a silent channel and nothing older than its time span', async ({
    startBroker,
    connect,
  }) => {
    let now = Date.now();
    const broker = await startBroker({ timing: { now: () => now } });
    const { client } = await connect(broker);
    expect((await client.attach('[?rewind=2m]silent')).flags & Flag.HAS_BACKLOG).toBe(0);
    await publishThree(broker);
    now += 30_001;
    expect((await client.attach('[?rewind=30s]room')).flags & Flag.HAS_BACKLOG).toBe(0);
    expect((await client.attach('[?rewind=31s]room')).flags & Flag.HAS_BACKLOG).toBe(Flag.HAS_BACKLOG);
  });

  test('is limited to 100 messages and reports 90004', async ({ broker, connect }) => {
    await restClient(broker)
      .channels.get('room')
      .publish(Array.from({ length: 101 }, (_, n) => ({ name: `${n}` })));
    const { client } = await connect(broker);
    expect((await client.attach('[?rewind=1m]room')).error.code).toBe(90004);
    expect((await client.next(Action.MESSAGE)).messages).toHaveLength(100);
  });

  test('is ignored when the client resumes', async ({ broker, connect }) => {
    await publishThree(broker);
    const { client } = await connect(broker);
    const attached = await client.attach('[?rewind=2]room', { flags: Flag.ATTACH_RESUME });
    expect(attached.flags & Flag.HAS_BACKLOG).toBe(0);
  });
});

describe('continuity', () => {
  test('is kept from every issued position, also of a silent channel', async ({ broker, connect }) => {
    const first = await connect(broker);
    const { channelSerial } = await first.client.attach('room');
    const second = await connect(broker);
    const resumed = await second.client.attach('room', { channelSerial });
    expect(resumed.flags & (Flag.RESUMED | Flag.HAS_BACKLOG)).toBe(Flag.RESUMED);
    await restClient(broker).channels.get('room').publish('missed', undefined);
    const third = await connect(broker);
    const behind = await third.client.attach('room', { channelSerial });
    expect(behind.flags & (Flag.RESUMED | Flag.HAS_BACKLOG)).toBe(Flag.RESUMED | Flag.HAS_BACKLOG);
    expect((await third.client.next(Action.MESSAGE)).messages).toMatchObject([{ name: 'missed' }]);
  });

  test.for([
    ['foreign', '01700000000000-000@abcdefabcdef'],
    ['malformed', 'now'],
    ['from the future', '99999999999999-000@'],
  ] as const)('is lost, with 90003, from a position that is %s', async ([, forged], { broker, connect }) => {
    const { client } = await connect(broker);
    const { channelSerial: head } = await client.attach('other');
    const channelSerial = forged.endsWith('@') ? forged + (head as string).split('@')[1] : forged;
    const attached = await client.attach('room', { channelSerial, params: { rewind: '1' } });
    expect(attached.flags & Flag.RESUMED).toBe(0);
    expect(attached.error.code).toBe(90003);
  });

  test('is lost once the following messages are discarded', async ({ startBroker, connect }) => {
    let now = Date.now();
    const broker = await startBroker({ timing: { now: () => now, sweepInterval: 5 } });
    const { client } = await connect(broker);
    const { channelSerial } = await client.attach('room');
    const channel = restClient(broker).channels.get('room');
    await channel.publish('old', undefined);
    now += 120_001;
    await until(async () => (await channel.history()).items.length === 0);
    const { client: late } = await connect(broker);
    expect((await late.attach('room', { channelSerial })).error.code).toBe(90003);
  });

  test('of the official client is kept after a cut and lost when the broker is replaced', async ({
    broker,
    startBroker,
    realtimeClient,
    relayTo,
  }) => {
    const relay = await relayTo(broker);
    const client = realtimeClient(relay, { disconnectedRetryTimeout: 10 });
    const channel = client.channels.get('room');
    await channel.attach();
    const resumed: (boolean | undefined)[] = [];
    channel.on('attached', (change) => resumed.push(change.resumed));
    relay.cut();
    await until(() => resumed.length === 1);
    relay.shut();
    const { port } = broker;
    await broker.close();
    await startBroker({ port });
    relay.open();
    await until(() => resumed.length === 2);
    expect(resumed).toEqual([true, false]);
  });
});
