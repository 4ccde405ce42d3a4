import { describe, expect } from 'vitest';
import { Action, PresenceAction } from '../src/protocol/actions.ts';
import { restClient, until } from './support/helpers.ts';
import { collectPresence, enter, names } from './support/presence.ts';
import { test } from './support/test.ts';

describe('a leave by the broker', () => {
  test('is immediate on detach and on close', async ({ broker, realtimeClient }) => {
    const seen = await collectPresence(realtimeClient(broker).channels.get('room'));
    const ann = realtimeClient(broker, { clientId: 'ann' });
    const bob = realtimeClient(broker, { clientId: 'bob' });
    await ann.channels.get('room').presence.enter('a');
    await bob.channels.get('room').presence.enter('b');
    await ann.channels.get('room').detach();
    await until(() => seen.length === 3);
    bob.close();
    await until(() => seen.length === 4);
    expect(seen).toEqual(['enter ann "a"', 'enter bob "b"', 'leave ann "a"', 'leave bob "b"']);
  });

  test('follows a lost connection after the grace period and is recognisable as not sent by the member', async ({
    startBroker,
    connect,
  }) => {
    const broker = await startBroker({ timing: { presenceGrace: 50 } });
    const { client: watcher } = await connect(broker);
    await watcher.attach('room');
    const { client, connected } = await connect(broker, { clientId: 'ann' });
    await client.attach('room');
    await enter(client, 'room', { data: 'x' });
    const lostAt = Date.now();
    client.cut();
    const { presence } = await watcher.next(
      Action.PRESENCE,
      (frame) => frame.presence[0].action === PresenceAction.LEAVE,
    );
    expect(Date.now() - lostAt).toBeGreaterThanOrEqual(45);
    const [left] = presence as { id: string; clientId: string; connectionId: string; data: string }[];
    expect(left).toMatchObject({ clientId: 'ann', connectionId: connected.connectionId, data: 'x' });
    expect(left?.id.startsWith(connected.connectionId as string)).toBe(false);
  });

  test('does not happen, nor a second enter, if the client resumes in time', async ({
    startBroker,
    realtimeClient,
    connect,
    relayTo,
  }) => {
    const broker = await startBroker({ timing: { presenceGrace: 1_000 } });
    const relay = await relayTo(broker);
    const seen = await collectPresence(realtimeClient(broker).channels.get('room'));
    const ann = realtimeClient(relay, { clientId: 'ann', disconnectedRetryTimeout: 10 });
    const room = ann.channels.get('room');
    await room.presence.enter('a');
    relay.cut();
    await room.whenState('attaching');
    await room.whenState('attached');
    // When a client lost later has left, Ann's grace period is over.
    const { client: bob } = await connect(broker, { clientId: 'bob' });
    await bob.attach('room');
    await enter(bob, 'room', { data: 'b' });
    bob.cut();
    await until(() => seen.includes('leave bob "b"'));
    expect(seen).toEqual(['enter ann "a"', 'enter bob "b"', 'leave bob "b"']);
    expect(names((await restClient(broker).channels.get('room').presence.get()).items)).toEqual(['ann']);
  });

  test('is followed by an automatic re-entry if the client resumes too late', async ({
    startBroker,
    realtimeClient,
    relayTo,
  }) => {
    const broker = await startBroker({ timing: { presenceGrace: 10 } });
    const relay = await relayTo(broker);
    const watcher = realtimeClient(broker).channels.get('room');
    const seen = await collectPresence(watcher);
    const ann = realtimeClient(relay, { clientId: 'ann', disconnectedRetryTimeout: 10 });
    await ann.channels.get('room').presence.enter('a');
    const { id } = ann.connection;
    relay.shut();
    await until(() => seen.length === 2);
    relay.open();
    await until(() => seen.length === 3);
    expect(seen).toEqual(['enter ann "a"', 'leave ann "a"', 'enter ann "a"']);
    expect(ann.connection.id).toBe(id);
    expect(names(await watcher.presence.get())).toEqual(['ann']);
  });

  test('waits for the remainPresentFor of the client', async ({ startBroker, connect }) => {
    const broker = await startBroker({ timing: { presenceGrace: 1 } });
    const { client } = await connect(broker, { clientId: 'ann', remainPresentFor: '60000' });
    await client.attach('room');
    await enter(client, 'room');
    client.cut();
    const { client: brief } = await connect(broker, { clientId: 'bob' });
    await brief.attach('room');
    await enter(brief, 'room');
    brief.cut();
    const { presence } = restClient(broker).channels.get('room');
    await until(async () => (await presence.get()).items.length === 1);
    expect(names((await presence.get()).items)).toEqual(['ann']);
  });

  test('happens on DETACH, also before the channel is attached again', async ({ broker, connect }) => {
    const { client, connected } = await connect(broker, { clientId: 'ann' });
    await client.attach('room');
    await enter(client, 'room');
    client.cut();
    const resume = connected.connectionDetails.connectionKey as string;
    const { client: again } = await connect(broker, { clientId: 'ann', resume });
    again.send({ action: Action.DETACH, channel: 'room' });
    await again.next(Action.DETACHED);
    expect((await restClient(broker).channels.get('room').presence.get()).items).toEqual([]);
  });
});
