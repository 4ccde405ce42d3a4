import type * as Ably from 'ably';
import { describe, expect } from 'vitest';
import { Action, Flag, PresenceAction } from '../src/protocol/actions.ts';
import { FORMATS, rejection, requestToken, restClient, until } from './support/helpers.ts';
import { collectPresence, enter, names, nextSerial } from './support/presence.ts';
import { test } from './support/test.ts';

describe('presence', () => {
  test.for(FORMATS)(
    'announces enter, update and leave with their data to all subscribers (%s)',
    async (format, { broker, realtimeClient }) => {
      const watchers = await Promise.all(
        FORMATS.map((reader) => collectPresence(realtimeClient(broker, {}, reader).channels.get('room'))),
      );
      const { presence } = realtimeClient(broker, { clientId: 'ann' }, format).channels.get('room');
      await presence.enter({ nick: 'Ann' });
      await presence.update('text');
      await presence.leave();
      await until(() => watchers.every(({ length }) => length === 3));
      for (const seen of watchers) {
        expect(seen).toEqual(['enter ann {"nick":"Ann"}', 'update ann "text"', 'leave ann "text"']);
      }
    },
  );

  test.for([
    [{ data: 'AAAA', encoding: 'vcdiff' }, 40013],
    [{ data: 'AAAA', encoding: 'utf-8/vcdiff/base64' }, 40013],
    [{ extras: { delta: { from: 'x', format: 'vcdiff' } } }, 40032],
    [{ data: 'x', encoding: 'x/'.repeat(32_768) }, 40009],
  ] as const)('rejects data that no member could read: %j', async ([item, code], { broker, connect }) => {
    const { client } = await connect(broker, { clientId: 'ann' });
    await client.attach('room');
    const presence = [{ action: PresenceAction.ENTER, ...item }];
    client.send({ action: Action.PRESENCE, channel: 'room', msgSerial: nextSerial(), presence });
    expect((await client.next(Action.NACK)).error.code).toBe(code);
    expect(await restClient(broker).channels.get('room').presence.get()).toMatchObject({ items: [] });
  });

  test.for(FORMATS)(
    'lists 110 members in pages, by SYNC and over REST (%s)',
    async (format, { broker, realtimeClient, connect }) => {
      const first = realtimeClient(broker, {}, format).channels.get('room');
      await Promise.all(
        Array.from({ length: 110 }, (_, n) => first.presence.enterClient(`member${n}`, { n })),
      );
      const late = realtimeClient(broker, {}, format).channels.get('room');
      const members = await late.presence.get();
      expect(members).toHaveLength(110);
      expect(new Set(names(members)).size).toBe(110);

      const { client } = await connect(broker);
      const { flags } = await client.attach('room');
      expect(flags & Flag.HAS_PRESENCE).toBe(Flag.HAS_PRESENCE);
      const pages = [await client.next(Action.SYNC), await client.next(Action.SYNC)];
      expect(pages.map(({ presence }) => (presence as unknown[]).length)).toEqual([100, 10]);
      const [syncIds, cursors] = [0, 1].map((part) =>
        pages.map((page) => (page.channelSerial as string).split(':')[part]),
      );
      expect(new Set(syncIds).size).toBe(1);
      expect(cursors).toEqual([expect.stringMatching(/./), '']);

      const rest = restClient(broker, {}, format).channels.get('room').presence;
      const page = await rest.get({ limit: 70 });
      const rest40 = await page.next();
      expect([page.items.length, rest40?.items.length, rest40?.hasNext()]).toEqual([70, 40, false]);
      expect((await rest.get({ clientId: 'member7' })).items).toMatchObject([
        { clientId: 'member7', data: { n: 7 } },
      ]);
    },
  );

  test('shows the same member in SYNC as in the enter', async ({ broker, realtimeClient, connect }) => {
    const early = realtimeClient(broker).channels.get('room');
    const entered = new Promise<Ably.PresenceMessage>((resolve) => void early.presence.subscribe(resolve));
    await early.attach();
    const { client } = await connect(broker, { clientId: 'ann' });
    await client.attach('room');
    await enter(client, 'room', { data: 'x' });
    const [member] = await realtimeClient(broker).channels.get('room').presence.get();
    const { action: _enter, ...seen } = await entered;
    const { action, ...found } = member ?? {};
    expect(action).toBe('present');
    expect(found).toEqual(seen);
  });

  test('counts one client on two connections as two members', async ({ broker, realtimeClient }) => {
    for (let times = 0; times < 2; times += 1) {
      await realtimeClient(broker, { clientId: 'ann' }).channels.get('room').presence.enter();
    }
    expect(await realtimeClient(broker).channels.get('room').presence.get()).toHaveLength(2);
  });

  test('does not announce an automatic re-entry, which repeats the id', async ({ broker, connect }) => {
    const { client: watcher } = await connect(broker);
    await watcher.attach('room');
    const { client } = await connect(broker, { clientId: 'ann' });
    await client.attach('room');
    await enter(client, 'room');
    const { presence } = await watcher.next(Action.PRESENCE);
    const [{ id }] = presence as [{ id: string }];
    await enter(client, 'room', { id });
    client.send({
      action: Action.PRESENCE,
      channel: 'room',
      msgSerial: nextSerial(),
      presence: [{ action: PresenceAction.LEAVE }],
    });
    expect((await watcher.next(Action.PRESENCE)).presence).toMatchObject([{ action: PresenceAction.LEAVE }]);
  });

  test('replaces ids that the member never had', async ({ broker, connect }) => {
    const { client, connected } = await connect(broker, { clientId: 'ann' });
    await client.attach('room');
    for (const id of ['someone:0:0', `${connected.connectionId}:999999:0`, 'nonsense']) {
      const { msgSerial } = await enter(client, 'room', { id });
      const { presence } = await client.next(Action.PRESENCE);
      expect(presence).toMatchObject([{ id: `${connected.connectionId}:${msgSerial}:0` }]);
    }
  });

  test.for([
    ['an update', PresenceAction.UPDATE, ['new']],
    ['a leave', PresenceAction.LEAVE, []],
  ] as const)(
    'keeps %s whose echo was lost, despite a later re-entry',
    async ([, action, expected], { startBroker, connect }) => {
      const broker = await startBroker({ timing: { presenceGrace: 1 } });
      const members = async () => (await restClient(broker).channels.get('room').presence.get()).items;
      const { client, connected } = await connect(broker, { clientId: 'ann' });
      await client.attach('room');
      client.send({
        action: Action.PRESENCE,
        channel: 'room',
        msgSerial: 0,
        presence: [{ action: PresenceAction.ENTER, data: 'old' }],
      });
      client.send({
        action: Action.PRESENCE,
        channel: 'room',
        msgSerial: 1,
        presence: [{ action, data: 'new' }],
      });
      await client.settled();
      const reenter = async (key: unknown, msgSerial: number) => {
        const again = await connect(broker, { clientId: 'ann', resume: key as string });
        await again.client.attach('room');
        const item = { action: PresenceAction.ENTER, id: `${connected.connectionId}:0:0`, data: 'old' };
        again.client.send({ action: Action.PRESENCE, channel: 'room', msgSerial, presence: [item] });
        await again.client.next(Action.ACK);
        return again;
      };
      const { client: again } = await reenter(connected.connectionDetails.connectionKey, 2);
      expect((await members()).map(({ data }) => data as unknown)).toEqual(expected);
      again.cut(); // the same after the broker made the member leave
      await until(async () => (await members()).length === 0);
      await reenter(connected.connectionDetails.connectionKey, 3);
      expect((await members()).map(({ data }) => data as unknown)).toEqual(expected);
    },
  );

  test('replies to SYNC, also for an empty presence set', async ({ broker, connect }) => {
    const { client } = await connect(broker);
    await client.attach('room');
    client.send({ action: Action.SYNC, channel: 'room' });
    expect(await client.next(Action.SYNC)).toMatchObject({
      presence: [],
      channelSerial: expect.stringMatching(/^[\w-]+:$/),
    });
  });

  test('announces its own members to a connection without presence_subscribe', async ({
    broker,
    connect,
  }) => {
    const { client } = await connect(broker, { clientId: 'ann' });
    const attached = await client.attach('room', { params: { modes: 'presence' } });
    await enter(client, 'room');
    expect((await client.next(Action.PRESENCE)).presence).toMatchObject([
      { action: PresenceAction.ENTER, clientId: 'ann' },
    ]);
    expect((await client.attach('room', { params: { modes: 'presence' } })).flags & Flag.HAS_PRESENCE).toBe(
      0,
    );
    expect(attached.flags & Flag.HAS_PRESENCE).toBe(0);
  });

  test.for([
    ['without an attachment', 'other', {}, 91001],
    ['as another client', 'room', { clientId: 'bob' }, 40012],
    ['as a wildcard', 'room', { clientId: '*' }, 40012],
    ['with an unknown action', 'room', { action: 9 }, 40000],
  ] as const)('rejects an enter %s', async ([, channel, item, code], { broker, connect }) => {
    const { client } = await connect(broker, { clientId: 'ann' });
    await client.attach('room');
    client.send({
      action: Action.PRESENCE,
      channel,
      msgSerial: 0,
      presence: [{ action: PresenceAction.ENTER, ...item }],
    });
    expect((await client.next(Action.NACK)).error.code).toBe(code);
  });

  test('rejects an enter without a clientId, without the mode or without the capability', async ({
    broker,
    connect,
  }) => {
    const { token } = await requestToken(broker, { capability: { room: ['subscribe'] }, clientId: 'ann' });
    const cases: [Record<string, string>, object, number][] = [
      [{}, {}, 91000],
      [{ clientId: 'ann' }, { params: { modes: 'subscribe' } }, 40165],
      [{ access_token: token }, {}, 40160],
    ];
    for (const [params, fields, code] of cases) {
      const { client } = await connect(broker, params);
      await client.attach('room', fields);
      client.send({
        action: Action.PRESENCE,
        channel: 'room',
        msgSerial: 0,
        presence: [{ action: PresenceAction.ENTER }],
      });
      expect((await client.next(Action.NACK)).error.code).toBe(code);
    }
  });

  test('rejects the 201st member but accepts updates and leaves of the others', async ({
    broker,
    connect,
  }) => {
    const { client } = await connect(broker);
    await client.attach('room');
    const crowd = Array.from({ length: 200 }, (_, n) => ({
      action: PresenceAction.ENTER,
      clientId: `member${n}`,
    }));
    client.send({ action: Action.PRESENCE, channel: 'room', msgSerial: 0, presence: crowd });
    client.send({
      action: Action.PRESENCE,
      channel: 'room',
      msgSerial: 1,
      presence: [{ action: PresenceAction.ENTER, clientId: 'late' }],
    });
    client.send({
      action: Action.PRESENCE,
      channel: 'room',
      msgSerial: 2,
      presence: [{ action: PresenceAction.UPDATE, clientId: 'member0' }],
    });
    client.send({
      action: Action.PRESENCE,
      channel: 'room',
      msgSerial: 3,
      presence: [{ action: PresenceAction.LEAVE, clientId: 'member0' }],
    });
    expect((await client.next(Action.NACK)).error.code).toBe(91003);
    const acknowledged = [
      await client.next(Action.ACK),
      await client.next(Action.ACK),
      await client.next(Action.ACK),
    ];
    expect(acknowledged.map(({ msgSerial }) => msgSerial as number)).toEqual([0, 2, 3]);
  });
});

describe('presence over REST', () => {
  test('returns the history, newest first', async ({ broker, realtimeClient }) => {
    const { presence } = realtimeClient(broker, { clientId: 'ann' }).channels.get('room');
    await presence.enter('a');
    await presence.leave('b');
    const { items } = await restClient(broker).channels.get('room').presence.history();
    expect(items.map(({ action, data }) => [action, data as string])).toEqual([
      ['leave', 'b'],
      ['enter', 'a'],
    ]);
  });

  test('needs the subscribe capability', async ({ broker }) => {
    const { token } = await requestToken(broker, { capability: { room: ['publish'] } });
    const error = await rejection(restClient(broker, { token }).channels.get('room').presence.get());
    expect(error).toMatchObject({ code: 40160, statusCode: 401 });
  });
});
