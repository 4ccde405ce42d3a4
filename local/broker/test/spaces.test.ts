import Spaces, { type Space, type SpaceMember } from '@ably/spaces';
import * as Ably from 'ably';
import { expect } from 'vitest';
import { until, withCredentials } from './support/helpers.ts';
import { test as base } from './support/test.ts';

type EnterSpace = (clientId: string) => Promise<Space>;

/**
 * With `enterSpace`: a client of the unmodified package that entered the space `board`. It stays open
 * until the process ends: the package has timers that use it and that nothing ends, and each would
 * reject a promise that no caller can catch.
 */
const test = base.extend('enterSpace', ({ broker }): EnterSpace => async (clientId) => {
  const spaces = new Spaces(new Ably.Realtime(withCredentials(broker, { clientId })));
  const space = await spaces.get('board', {
    offlineTimeout: 100,
    cursors: { outboundBatchInterval: 20 },
  });
  await space.enter({ name: clientId.toUpperCase() });
  return space;
});

const othersOf = async (space: Space): Promise<(string | undefined)[]> =>
  (await space.members.getOthers()).map(({ clientId }) => clientId);
const sees = (space: Space, ...clientIds: string[]) =>
  until(async () => (await othersOf(space)).join() === clientIds.join());

test('the members of @ably/spaces see each other enter, change their profile and leave', async ({
  enterSpace,
}) => {
  const ann = await enterSpace('ann');
  const events: string[] = [];
  ann.members.subscribe(['enter', 'updateProfile', 'leave', 'remove'], (member: SpaceMember) =>
    events.push(`${member.lastEvent.name} ${member.clientId} ${String(member.profileData?.name)}`),
  );
  const bob = await enterSpace('bob');
  await sees(ann, 'bob');
  await sees(bob, 'ann');
  await bob.updateProfileData((profile) => ({ ...profile, name: 'Robert' }));
  await until(() => events.includes('update bob Robert'));
  await bob.leave();
  await sees(ann);
  expect(events[0]).toBe('enter bob BOB');
  expect(events.at(-1)).toBe('leave bob Robert');
});

test('the locations of @ably/spaces reach the others, also those who come later', async ({ enterSpace }) => {
  const [ann, bob] = [await enterSpace('ann'), await enterSpace('bob')];
  const moves: unknown[] = [];
  bob.locations.subscribe('update', ({ member, previousLocation, currentLocation }) =>
    moves.push([member.clientId, previousLocation, currentLocation]),
  );
  await ann.locations.set({ slide: 1 });
  await ann.locations.set({ slide: 2 });
  await until(() => moves.length === 2);
  expect(moves).toEqual([
    ['ann', null, { slide: 1 }],
    ['ann', { slide: 1 }, { slide: 2 }],
  ]);
  const eve = await enterSpace('eve');
  expect(Object.values(await eve.locations.getOthers())).toContainEqual({ slide: 2 });
});

test('the cursors of @ably/spaces move for the others, and are found in the history', async ({
  enterSpace,
}) => {
  const [ann, bob] = [await enterSpace('ann'), await enterSpace('bob')];
  const positions: unknown[] = [];
  bob.cursors.subscribe('update', ({ clientId, position }) => positions.push([clientId, position]));
  // A client publishes positions only once it knows of another one with cursors.
  ann.cursors.subscribe('update', () => undefined);
  await bob.cursors.set({ position: { x: 0, y: 0 } });
  let x = 0;
  while (positions.length < 3) {
    await ann.cursors.set({ position: { x: ++x, y: 2 }, data: { color: 'red' } });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => JSON.stringify(positions.at(-1)) === JSON.stringify(['ann', { x, y: 2 }]));
  await until(async () => {
    const found = Object.values(await bob.cursors.getOthers());
    return found.some((cursor) => cursor?.clientId === 'ann' && cursor.data?.color === 'red');
  });
});

test('a lock of @ably/spaces is held by one member until released', async ({ enterSpace }) => {
  const [ann, bob] = [await enterSpace('ann'), await enterSpace('bob')];
  await sees(ann, 'bob');
  const seen: string[] = [];
  bob.locks.subscribe('update', ({ id, status, member }) => seen.push(`${id} ${status} ${member.clientId}`));
  await ann.locks.acquire('field', { attributes: { colour: 'red' } });
  await until(() => bob.locks.get('field') !== undefined);
  expect(bob.locks.get('field')).toMatchObject({
    status: 'locked',
    member: { clientId: 'ann' },
    attributes: { colour: 'red' },
  });
  expect(await bob.locks.acquire('field')).toMatchObject({ status: 'pending' });
  await until(() => seen.includes('field unlocked bob'));
  const eve = await enterSpace('eve');
  expect(eve.locks.get('field')?.member.clientId).toBe('ann');
  await ann.locks.release('field');
  await until(() => seen.includes('field unlocked ann'));
  expect(seen).toEqual(['field locked ann', 'field unlocked bob', 'field unlocked ann']);
  await bob.locks.acquire('field');
  await until(() => ann.locks.get('field')?.member.clientId === 'bob');
});
