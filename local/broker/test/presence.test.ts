import type * as Ably from 'ably';
import { describe, expect, it } from 'vitest';
import {
  aBroker,
  aConnectedRawClient,
  aRealtime,
  aRest,
  aToken,
  FORMATS,
  rejection,
  until,
} from './support.ts';
import { ENTER, LEAVE, UPDATE, enter, events, names, nextSerial } from './presence-support.ts';

describe('presence', () => {
  it.each(FORMATS)('tells everybody of enter, update and leave, data included (%s)', async (format) => {
    const broker = await aBroker();
    const watchers = await Promise.all(
      FORMATS.map((reader) => events(aRealtime(broker, {}, reader).channels.get('room'))),
    );
    const { presence } = aRealtime(broker, { clientId: 'ann' }, format).channels.get('room');
    await presence.enter({ nick: 'Ann' });
    await presence.update('text');
    await presence.leave();
    await until(() => watchers.every(({ length }) => length === 3));
    for (const seen of watchers) {
      expect(seen).toEqual(['enter ann {"nick":"Ann"}', 'update ann "text"', 'leave ann "text"']);
    }
  });

  it.each(FORMATS)('shows 110 members to a late comer, page by page, and over REST (%s)', async (format) => {
    const broker = await aBroker();
    const first = aRealtime(broker, {}, format).channels.get('room');
    await Promise.all(Array.from({ length: 110 }, (_, n) => first.presence.enterClient(`member${n}`, { n })));
    const late = aRealtime(broker, {}, format).channels.get('room');
    const members = await late.presence.get();
    expect(members).toHaveLength(110);
    expect(new Set(names(members)).size).toBe(110);

    const { client } = await aConnectedRawClient(broker);
    const { flags } = await client.attach('room');
    expect(flags & 1).toBe(1);
    const pages = [await client.next(16), await client.next(16)];
    expect(pages.map(({ presence }) => (presence as unknown[]).length)).toEqual([100, 10]);
    const [syncIds, cursors] = [0, 1].map((part) =>
      pages.map((page) => (page.channelSerial as string).split(':')[part]),
    );
    expect(new Set(syncIds).size).toBe(1);
    expect(cursors).toEqual([expect.stringMatching(/./), '']);

    const rest = aRest(broker, {}, format).channels.get('room').presence;
    const page = await rest.get({ limit: 70 });
    const rest40 = await page.next();
    expect([page.items.length, rest40?.items.length, rest40?.hasNext()]).toEqual([70, 40, false]);
    expect((await rest.get({ clientId: 'member7' })).items).toMatchObject([
      { clientId: 'member7', data: { n: 7 } },
    ]);
  });

  it('shows a late comer the same member as those who saw the enter', async () => {
    const broker = await aBroker();
    const early = aRealtime(broker).channels.get('room');
    const entered = new Promise<Ably.PresenceMessage>((resolve) => void early.presence.subscribe(resolve));
    await early.attach();
    const { client } = await aConnectedRawClient(broker, { clientId: 'ann' });
    await client.attach('room');
    await enter(client, 'room', { data: 'x' });
    const [member] = await aRealtime(broker).channels.get('room').presence.get();
    const { action: _enter, ...seen } = await entered;
    const { action, ...found } = member ?? {};
    expect(action).toBe('present');
    expect(found).toEqual(seen);
  });

  it('counts one client on two connections as two members', async () => {
    const broker = await aBroker();
    for (let times = 0; times < 2; times += 1) {
      await aRealtime(broker, { clientId: 'ann' }).channels.get('room').presence.enter();
    }
    expect(await aRealtime(broker).channels.get('room').presence.get()).toHaveLength(2);
  });

  it('takes an automatic re-entry, which repeats the id, quietly', async () => {
    const broker = await aBroker();
    const { client: watcher } = await aConnectedRawClient(broker);
    await watcher.attach('room');
    const { client } = await aConnectedRawClient(broker, { clientId: 'ann' });
    await client.attach('room');
    await enter(client, 'room');
    const { presence } = await watcher.next(14);
    const [{ id }] = presence as [{ id: string }];
    await enter(client, 'room', { id });
    client.send({ action: 14, channel: 'room', msgSerial: nextSerial(), presence: [{ action: LEAVE }] });
    expect((await watcher.next(14)).presence).toMatchObject([{ action: LEAVE }]);
  });

  it('believes no id but those of the member’s own past', async () => {
    const { client, connected } = await aConnectedRawClient(await aBroker(), { clientId: 'ann' });
    await client.attach('room');
    for (const id of ['someone:0:0', `${connected.connectionId}:999999:0`, 'nonsense']) {
      const { msgSerial } = await enter(client, 'room', { id });
      const { presence } = await client.next(14);
      expect(presence).toMatchObject([{ id: `${connected.connectionId}:${msgSerial}:0` }]);
    }
  });

  it.each([
    ['an update', UPDATE, ['new']],
    ['a leave', LEAVE, []],
  ])('knows better than a re-entry when %s arrived whose echo was lost', async (_, action, expected) => {
    const broker = await aBroker({ timing: { presenceGrace: 1 } });
    const members = async () => (await aRest(broker).channels.get('room').presence.get()).items;
    const { client, connected } = await aConnectedRawClient(broker, { clientId: 'ann' });
    await client.attach('room');
    client.send({ action: 14, channel: 'room', msgSerial: 0, presence: [{ action: ENTER, data: 'old' }] });
    client.send({ action: 14, channel: 'room', msgSerial: 1, presence: [{ action, data: 'new' }] });
    await client.settled();
    const reenter = async (key: unknown, msgSerial: number) => {
      const again = await aConnectedRawClient(broker, { clientId: 'ann', resume: key as string });
      await again.client.attach('room');
      const item = { action: ENTER, id: `${connected.connectionId}:0:0`, data: 'old' };
      again.client.send({ action: 14, channel: 'room', msgSerial, presence: [item] });
      await again.client.next(1);
      return again;
    };
    const { client: again } = await reenter(connected.connectionDetails.connectionKey, 2);
    expect((await members()).map(({ data }) => data as unknown)).toEqual(expected);
    again.cut(); // the same when the member had left for lack of a connection
    await until(async () => (await members()).length === 0);
    await reenter(connected.connectionDetails.connectionKey, 3);
    expect((await members()).map(({ data }) => data as unknown)).toEqual(expected);
  });

  it('answers each request for a sync, also when nobody is there', async () => {
    const { client } = await aConnectedRawClient(await aBroker());
    await client.attach('room');
    client.send({ action: 16, channel: 'room' });
    expect(await client.next(16)).toMatchObject({
      presence: [],
      channelSerial: expect.stringMatching(/^[\w-]+:$/),
    });
  });

  it('tells owners of their own members, though they do not subscribe to presence', async () => {
    const { client } = await aConnectedRawClient(await aBroker(), { clientId: 'ann' });
    const attached = await client.attach('room', { params: { modes: 'presence' } });
    await enter(client, 'room');
    expect((await client.next(14)).presence).toMatchObject([{ action: ENTER, clientId: 'ann' }]);
    expect((await client.attach('room', { params: { modes: 'presence' } })).flags & 1).toBe(0);
    expect(attached.flags & 1).toBe(0);
  });

  it.each([
    ['without being attached', 'other', {}, 91001],
    ['as somebody else', 'room', { clientId: 'bob' }, 40012],
    ['as anybody', 'room', { clientId: '*' }, 40012],
    ['with an unknown action', 'room', { action: 9 }, 40000],
  ])('refuses to enter %s', async (_, channel, item, code) => {
    const { client } = await aConnectedRawClient(await aBroker(), { clientId: 'ann' });
    await client.attach('room');
    client.send({ action: 14, channel, msgSerial: 0, presence: [{ action: ENTER, ...item }] });
    expect((await client.next(2)).error.code).toBe(code);
  });

  it('refuses to enter without a clientId, without the mode or without the capability', async () => {
    const broker = await aBroker();
    const { token } = await aToken(broker, { capability: { room: ['subscribe'] }, clientId: 'ann' });
    const cases: [Record<string, string>, object, number][] = [
      [{}, {}, 91000],
      [{ clientId: 'ann' }, { params: { modes: 'subscribe' } }, 40165],
      [{ access_token: token }, {}, 40160],
    ];
    for (const [params, fields, code] of cases) {
      const { client } = await aConnectedRawClient(broker, params);
      await client.attach('room', fields);
      client.send({ action: 14, channel: 'room', msgSerial: 0, presence: [{ action: ENTER }] });
      expect((await client.next(2)).error.code).toBe(code);
    }
  });

  it('refuses the 201st member, but lets those there update and leave', async () => {
    const broker = await aBroker();
    const { client } = await aConnectedRawClient(broker);
    await client.attach('room');
    const crowd = Array.from({ length: 200 }, (_, n) => ({ action: ENTER, clientId: `member${n}` }));
    client.send({ action: 14, channel: 'room', msgSerial: 0, presence: crowd });
    client.send({
      action: 14,
      channel: 'room',
      msgSerial: 1,
      presence: [{ action: ENTER, clientId: 'late' }],
    });
    client.send({
      action: 14,
      channel: 'room',
      msgSerial: 2,
      presence: [{ action: UPDATE, clientId: 'member0' }],
    });
    client.send({
      action: 14,
      channel: 'room',
      msgSerial: 3,
      presence: [{ action: LEAVE, clientId: 'member0' }],
    });
    expect((await client.next(2)).error.code).toBe(91003);
    const acknowledged = [await client.next(1), await client.next(1), await client.next(1)];
    expect(acknowledged.map(({ msgSerial }) => msgSerial as number)).toEqual([0, 2, 3]);
  });
});

describe('presence over REST', () => {
  it('tells the history, newest first', async () => {
    const broker = await aBroker();
    const { presence } = aRealtime(broker, { clientId: 'ann' }).channels.get('room');
    await presence.enter('a');
    await presence.leave('b');
    const { items } = await aRest(broker).channels.get('room').presence.history();
    expect(items.map(({ action, data }) => [action, data as string])).toEqual([
      ['leave', 'b'],
      ['enter', 'a'],
    ]);
  });

  it('needs the subscribe capability', async () => {
    const broker = await aBroker();
    const { token } = await aToken(broker, { capability: { room: ['publish'] } });
    const error = await rejection(aRest(broker, { token }).channels.get('room').presence.get());
    expect(error).toMatchObject({ code: 40160, statusCode: 401 });
  });
});
