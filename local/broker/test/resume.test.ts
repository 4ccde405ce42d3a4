import type * as Ably from 'ably';
import { describe, expect } from 'vitest';
import { Action, Flag, PresenceAction } from '../src/protocol/actions.ts';
import { collect, FORMATS, KEY, restClient, until } from './support/helpers.ts';
import type { Frame } from './support/raw-client.ts';
import { test } from './support/test.ts';

describe('a lost connection', () => {
  test.for(FORMATS)('resumes under its id (%s)', async (format, { broker, realtimeClient, relayTo }) => {
    const relay = await relayTo(broker);
    const client = realtimeClient(relay, {}, format);
    await client.connection.once('connected');
    const { id, key } = client.connection;
    relay.cut();
    await client.connection.once('disconnected');
    await client.connection.whenState('connected');
    expect(client.connection.id).toBe(id);
    expect(client.connection.key).not.toBe(key);
    expect(client.connection.errorReason).toBeNull();
  });

  test('continues with its presence while the broker still has the frozen transport', async ({
    startBroker,
    realtimeClient,
    connect,
    relayTo,
  }) => {
    // The client notices the silence after 3 s, the broker after 4 to 6 s.
    const broker = await startBroker({ timing: { heartbeatInterval: 2_000, presenceGrace: 60_000 } });
    const { client: observer } = await connect(broker, { clientId: 'observer' });
    await observer.attach('room');
    const relay = await relayTo(broker);
    const options = { clientId: 'ann', realtimeRequestTimeout: 1_000, disconnectedRetryTimeout: 10 };
    const channel = realtimeClient(relay, options).channels.get('room');
    const messages = await collect(channel);
    await channel.presence.enter('here');
    expect((await observer.next(Action.PRESENCE)).presence).toMatchObject([{ clientId: 'ann' }]);
    const resumed: boolean[] = [];
    channel.on(['attached', 'update'], (change) => resumed.push(change.resumed));

    relay.freeze();
    const publisher = restClient(broker).channels.get('room');
    await publisher.publish('during', undefined);
    await until(() => messages.length === 1);
    await channel.publish('after', undefined);
    await until(() => messages.length === 2);
    expect(messages.map(({ name }) => name)).toEqual(['during', 'after']);
    expect(resumed).toEqual([true]);
    expect((await publisher.presence.get()).items).toMatchObject([{ clientId: 'ann', data: 'here' }]);
    await observer.settled();
    const left = ({ presence }: Frame) =>
      (presence as Frame[]).some(({ action }) => action === PresenceAction.LEAVE);
    expect(observer.received.filter((frame) => frame.action === Action.PRESENCE && left(frame))).toEqual([]);
  });

  test('resumes by any of its keys while the old transport is still open', async ({ broker, connect }) => {
    const { client: old, connected } = await connect(broker);
    const { connectionKey } = connected.connectionDetails as { connectionKey: string };
    const second = await connect(broker, { resume: connectionKey });
    const third = await connect(broker, { resume: connectionKey });
    expect([second, third].map((next) => next.connected.connectionId)).toEqual(
      Array(2).fill(connected.connectionId),
    );
    // CLOSE on a replaced transport must not end the connection.
    old.send({ action: Action.CLOSE });
    second.client.send({ action: Action.CLOSE });
    await third.client.settled();
    const fourth = await connect(broker, { resume: connectionKey });
    expect(fourth.connected.connectionId).toBe(connected.connectionId);
  });

  test.for(FORMATS)(
    'receives nothing from a channel until it attaches again, then everything once (%s)',
    async (format, { broker, connect }) => {
      const { client, connected } = await connect(broker, {}, format);
      const { channelSerial } = await client.attach('room');
      client.cut();
      const resume = connected.connectionDetails.connectionKey as string;
      const { client: again } = await connect(broker, { resume }, format);
      const channel = restClient(broker).channels.get('room');
      for (const name of ['a', 'b']) await channel.publish(name, undefined);
      await again.settled();
      expect(again.received).toEqual([]);
      await again.attach('room', { channelSerial });
      await channel.publish('c', undefined);
      const names: string[] = [];
      while (names.length < 3) {
        for (const { name } of (await again.next(Action.MESSAGE)).messages as { name: string }[])
          names.push(name);
      }
      expect(names).toEqual(['a', 'b', 'c']);
      await again.settled();
      expect(again.received).toEqual([]);
      const { channelSerial: last } = await again.attach('room');
      const { client: upToDate } = await connect(broker, {}, format);
      const { flags } = await upToDate.attach('room', { channelSerial: last });
      expect(flags & (Flag.RESUMED | Flag.HAS_BACKLOG)).toBe(Flag.RESUMED);
    },
  );

  test('silences and ignores its old transport after a resume', async ({ broker, connect }) => {
    const { client: old, connected } = await connect(broker);
    await old.attach('room');
    const resume = connected.connectionDetails.connectionKey as string;
    const { client: resumed } = await connect(broker, { resume });
    await resumed.attach('room');
    old.send({
      action: Action.MESSAGE,
      channel: 'room',
      msgSerial: 0,
      messages: [{ name: 'from the past' }],
    });
    resumed.send({ action: Action.MESSAGE, channel: 'room', msgSerial: 0, messages: [{ name: 'now' }] });
    expect((await resumed.next(Action.MESSAGE)).messages).toMatchObject([{ name: 'now' }]);
    expect(old.received).toEqual([]);
    expect((await restClient(broker).channels.get('room').history()).items).toHaveLength(1);
  });

  test.for([
    ['a forged key', () => '_____!ablyjs_test_fake-key____', 80018],
    ['a forged mac', (key: string) => key.replace(/!./, (start) => (start === '!A' ? '!B' : '!A')), 80018],
  ] as const)(
    'does not resume with %s: a new connection reports the error',
    async ([, forge, code], { broker, connect }) => {
      const { connected } = await connect(broker);
      const resume = forge(connected.connectionDetails.connectionKey as string);
      const { connected: fresh } = await connect(broker, { resume });
      expect(fresh.connectionId).not.toBe(connected.connectionId);
      expect(fresh.error).toMatchObject({ code, statusCode: 400 });
    },
  );

  test('does not resume after CLOSE or after its state expired', async ({ startBroker, connect }) => {
    const broker = await startBroker({ timing: { connectionStateTtl: 30 } });
    const closed = await connect(broker);
    closed.client.send({ action: Action.CLOSE });
    await closed.client.closed();
    const lost = await connect(broker);
    lost.client.cut();
    const { channels } = restClient(broker);
    for (const { connected } of [closed, lost]) {
      const { connectionKey } = connected.connectionDetails as { connectionKey: string };
      const publishForIt = () => channels.get('room').publish({ connectionKey } as Ably.Message);
      await until(
        async () =>
          (await publishForIt().then(
            () => undefined,
            (e: Ably.ErrorInfo) => e.code,
          )) === 40006,
      );
      const { connected: fresh } = await connect(broker, { resume: connectionKey });
      expect(fresh.error.code).toBe(80008);
      expect(fresh.connectionId).not.toBe(connected.connectionId);
    }
  });

  test('does not resume for another clientId', async ({ broker, rawClient, connect }) => {
    const { connected } = await connect(broker, { clientId: 'ann' });
    const resume = connected.connectionDetails.connectionKey as string;
    const other = await rawClient(broker, { resume, clientId: 'bob' });
    expect((await other.next(Action.ERROR)).error.code).toBe(40102);
  });

  test('does not resume in another app', async ({ startBroker, connect }) => {
    const broker = await startBroker({ keys: [KEY, 'app2.key1:another'] });
    const { connected } = await connect(broker);
    const resume = connected.connectionDetails.connectionKey as string;
    const { connected: fresh } = await connect(broker, { key: 'app2.key1:another', resume });
    expect(fresh.error.code).toBe(80018);
    expect(fresh.connectionId).not.toBe(connected.connectionId);
  });
});

describe('a recovered connection', () => {
  test.for(FORMATS)(
    'continues on every channel under the same id while the old client is alive (%s)',
    async (format, { broker, realtimeClient }) => {
      const old = realtimeClient(broker, {}, format);
      const names = Array.from({ length: 5 }, (_, n) => `room${n}`);
      await Promise.all(names.map((name) => collect(old.channels.get(name))));
      const { id, key } = old.connection;
      const recover = old.connection.createRecoveryKey() ?? '';
      const publisher = restClient(broker);
      for (let n = 0; n < 5; n += 1) {
        for (const name of names) await publisher.channels.get(name).publish(`${n}`, undefined);
      }
      const recovered = realtimeClient(broker, { recover }, format);
      const resumed: boolean[] = [];
      const received = await Promise.all(
        names.map((name) => {
          const channel = recovered.channels.get(name);
          channel.on('attached', (change) => resumed.push(change.resumed));
          return collect(channel);
        }),
      );
      await until(() => received.every(({ length }) => length === 5));
      for (const messages of received) expect(messages.map(({ name }) => name).join('')).toBe('01234');
      expect(resumed).toEqual(Array(5).fill(true));
      expect(recovered.connection.id).toBe(id);
      expect(recovered.connection.key).not.toBe(key);
    },
  );

  test('with a forged key is a new connection that reports the error', async ({ broker, realtimeClient }) => {
    const recover = JSON.stringify({
      connectionKey: '_____!ablyjs_test_fake-key____',
      msgSerial: 3,
      channelSerials: {},
    });
    const client = realtimeClient(broker, { recover });
    const { reason } = await client.connection.once('connected');
    expect(reason?.code).toBe(80018);
    await client.channels.get('room').publish('x', undefined);
  });
});
