import { afterEach, beforeEach, describe, expect, test as base, vi } from 'vitest';
import { PresenceFull } from '~/api/presence-full';
import type { PresenceChange } from '~/api/realtime/types';
import { systemClock } from '~/store/clock';
import { fakeApi } from '../support/fake-api';
import { startedStore } from '../support/started-store';

const member = (number: number): PresenceChange => ({
  kind: 'present',
  clientId: `person ${number}`,
  connectionId: '1',
  data: { name: `Person ${number}` },
});
const members = (count: number) => Array.from({ length: count }, (_, number) => member(number));
const full = () => Promise.reject(new PresenceFull('The presence set is full.'));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const test = base.extend('chat', async () => {
  const chat = await startedStore();
  chat.api.entered.splice(0);
  return { ...chat, presence: () => chat.store.state.presence };
});

/** The module that is loaded for a crowd, and its first timers. */
async function loadCrowd(): Promise<void> {
  await vi.dynamicImportSettled();
  await vi.advanceTimersByTimeAsync(1);
}

describe('A tab for which the presence set has no room', () => {
  test('subscribes to the occupancy of the channel, once', async ({ chat: { api, store, presence } }) => {
    api.onEnter = full;
    await store.dispatch('presence/enter');
    await loadCrowd();
    expect(presence().isFull).toBe(true);
    expect(api.occupancyRequests).toBe(1);
    api.listener?.onOccupancy({ metrics: { connections: 260, subscribers: 254, presenceMembers: 200 } });
    expect(presence().online).toBe(254);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(api.occupancyRequests).toBe(1);
  });

  test('subscribes at once, also when it read along before', async () => {
    const own = fakeApi();
    own.clock = { ...systemClock, random: () => 0.9 };
    const { api, store } = await startedStore(own);
    store.commit('presence/replaced', members(200));
    await loadCrowd();
    expect(api.occupancyRequests).toBe(0);
    api.onEnter = full;
    await store.dispatch('presence/enter');
    expect(api.occupancyRequests).toBe(1);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(api.occupancyRequests).toBe(1);
  });

  test.for([[null], ['many'], [{}], [{ metrics: { subscribers: '7' } }]])(
    'ignores a malformed number of people: %j',
    async ([data], { chat: { api, presence } }) => {
      api.listener?.onOccupancy(data);
      expect(presence().online).toBeNull();
    },
  );

  test('tries to enter again, each half a minute to a minute, until it is a member', async ({
    chat: { api, store, presence },
  }) => {
    api.onEnter = full;
    await store.dispatch('presence/enter');
    await loadCrowd();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(api.entered).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(271_000);
    expect(api.entered.length).toBeGreaterThanOrEqual(5);
    expect(api.entered.length).toBeLessThanOrEqual(11);
    api.onEnter = () => Promise.resolve();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(presence().isFull).toBe(false);
    const { length } = api.entered;
    await vi.advanceTimersByTimeAsync(300_000);
    expect(api.entered).toHaveLength(length);
  });

  test('does not announce typing, which no one could see', async ({ chat: { api, store } }) => {
    api.onEnter = full;
    await store.dispatch('presence/enter');
    await store.dispatch('presence/type', true);
    expect(api.entered).toHaveLength(1);
  });
});

describe('A member of a full presence set', () => {
  test('subscribes to the occupancy too, at a time of its own', async () => {
    const own = fakeApi();
    own.clock = { ...systemClock, random: () => 0.5 };
    const { api, store } = await startedStore(own);
    store.commit('presence/replaced', members(199));
    await loadCrowd();
    expect(api.occupancyRequests).toBe(0);
    store.commit('presence/changed', member(199));
    await vi.advanceTimersByTimeAsync(0);
    await loadCrowd();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(api.occupancyRequests).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(api.occupancyRequests).toBe(1);
  });
});
