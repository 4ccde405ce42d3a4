import { describe, expect, it } from 'vitest';
import { aBroker, aConnectedRawClient, aRealtime, aRelay, aRest, until } from './support.ts';
import { LEAVE, enter, events, names } from './presence-support.ts';

describe('leaving without saying so', () => {
  it('is immediate on detach and on close', async () => {
    const broker = await aBroker();
    const seen = await events(aRealtime(broker).channels.get('room'));
    const ann = aRealtime(broker, { clientId: 'ann' });
    const bob = aRealtime(broker, { clientId: 'bob' });
    await ann.channels.get('room').presence.enter('a');
    await bob.channels.get('room').presence.enter('b');
    await ann.channels.get('room').detach();
    await until(() => seen.length === 3);
    bob.close();
    await until(() => seen.length === 4);
    expect(seen).toEqual(['enter ann "a"', 'enter bob "b"', 'leave ann "a"', 'leave bob "b"']);
  });

  it('comes after the grace period when the connection was lost, and is marked as not the member’s own', async () => {
    const broker = await aBroker({ timing: { presenceGrace: 50 } });
    const { client: watcher } = await aConnectedRawClient(broker);
    await watcher.attach('room');
    const { client, connected } = await aConnectedRawClient(broker, { clientId: 'ann' });
    await client.attach('room');
    await enter(client, 'room', { data: 'x' });
    const lostAt = Date.now();
    client.cut();
    const { presence } = await watcher.next(14, (frame) => frame.presence[0].action === LEAVE);
    expect(Date.now() - lostAt).toBeGreaterThanOrEqual(45);
    const [left] = presence as { id: string; clientId: string; connectionId: string; data: string }[];
    expect(left).toMatchObject({ clientId: 'ann', connectionId: connected.connectionId, data: 'x' });
    expect(left?.id.startsWith(connected.connectionId as string)).toBe(false);
  });

  it('does not happen when the client is back in time, nor does it seem to enter again', async () => {
    const broker = await aBroker({ timing: { presenceGrace: 100 } });
    const relay = await aRelay(broker);
    const seen = await events(aRealtime(broker).channels.get('room'));
    const ann = aRealtime(relay, { clientId: 'ann', disconnectedRetryTimeout: 10 });
    const room = ann.channels.get('room');
    await room.presence.enter('a');
    relay.cut();
    await room.whenState('attaching');
    await room.whenState('attached');
    // Somebody lost later, who does not come back, shows that Ann's grace period is over.
    const { client: bob } = await aConnectedRawClient(broker, { clientId: 'bob' });
    await bob.attach('room');
    await enter(bob, 'room', { data: 'b' });
    bob.cut();
    await until(() => seen.includes('leave bob "b"'));
    expect(seen).toEqual(['enter ann "a"', 'enter bob "b"', 'leave bob "b"']);
    expect(names((await aRest(broker).channels.get('room').presence.get()).items)).toEqual(['ann']);
  });

  it('is undone by the client’s own re-entry when it is back too late', async () => {
    const broker = await aBroker({ timing: { presenceGrace: 10 } });
    const relay = await aRelay(broker);
    const watcher = aRealtime(broker).channels.get('room');
    const seen = await events(watcher);
    const ann = aRealtime(relay, { clientId: 'ann', disconnectedRetryTimeout: 10 });
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

  it('waits as long as the client asked for', async () => {
    const broker = await aBroker({ timing: { presenceGrace: 1 } });
    const { client } = await aConnectedRawClient(broker, { clientId: 'ann', remainPresentFor: '60000' });
    await client.attach('room');
    await enter(client, 'room');
    client.cut();
    const { client: brief } = await aConnectedRawClient(broker, { clientId: 'bob' });
    await brief.attach('room');
    await enter(brief, 'room');
    brief.cut();
    const { presence } = aRest(broker).channels.get('room');
    await until(async () => (await presence.get()).items.length === 1);
    expect(names((await presence.get()).items)).toEqual(['ann']);
  });

  it('happens on a DETACH that comes before the channel is attached again', async () => {
    const broker = await aBroker();
    const { client, connected } = await aConnectedRawClient(broker, { clientId: 'ann' });
    await client.attach('room');
    await enter(client, 'room');
    client.cut();
    const resume = connected.connectionDetails.connectionKey as string;
    const { client: again } = await aConnectedRawClient(broker, { clientId: 'ann', resume });
    again.send({ action: 12, channel: 'room' });
    await again.next(13);
    expect((await aRest(broker).channels.get('room').presence.get()).items).toEqual([]);
  });
});
