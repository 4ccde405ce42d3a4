import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fakeApi, liveStore } from '../support/fake-api';
import { fakeDatabase } from '../support/fake-database';

/** What Ably reports after it dropped deliveries that exceed the limit: 80020, not resumed. */
const LOST = { resumed: false, truncated: true };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A tab that shows the newest of 300 messages. */
async function aTab() {
  const database = fakeDatabase();
  for (let row = 0; row < 300; row += 1) database.insert();
  const api = fakeApi();
  api.history = (request) => Promise.resolve(database.history(request));
  api.changes = (since) => Promise.resolve(database.changes(since));
  const { store } = await liveStore(api);
  await store.dispatch('messages/catchUp');
  await store.dispatch('messages/attached', { resumed: false, truncated: false });
  const before = api.historyRequests.length + api.changesRequests.length;
  return {
    database,
    store,
    requests: () => api.historyRequests.length + api.changesRequests.length - before,
    /** Whether the tab shows what the database has. */
    isRight: () => {
      const shown = store.getters['messages/rows'];
      return JSON.stringify(database.sorted().slice(-shown.length)) === JSON.stringify(shown);
    },
  };
}

describe('Losses of continuity', () => {
  test('each second for a minute cost a few reads, and the list is right in the end', async () => {
    const { database, store, requests, isRight } = await aTab();
    for (let second = 0; second < 60; second += 1) {
      // Everything is lost: none of these changes reaches the tab.
      for (let row = 0; row < 20; row += 1) database.update(second * 5 + row);
      void store.dispatch('messages/attached', LOST);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await vi.advanceTimersByTimeAsync(40_000);
    expect(isRight()).toBe(true);
    expect(store.state.messages.hasGap).toBe(false);
    // Six reads, of three requests at most.
    expect(requests()).toBeLessThanOrEqual(18);
  });

  test('one alone is repaired at once', async () => {
    const { database, store, requests, isRight } = await aTab();
    database.update(299);
    await store.dispatch('messages/attached', LOST);
    expect(isRight()).toBe(true);
    expect(requests()).toBe(1);
  });

  test('one that comes while a read waits is repaired by that read', async () => {
    const { database, store, requests, isRight } = await aTab();
    await store.dispatch('messages/attached', LOST);
    for (let loss = 0; loss < 5; loss += 1) {
      database.update(299 - loss);
      void store.dispatch('messages/attached', LOST);
    }
    await vi.advanceTimersByTimeAsync(2_500);
    expect(isRight()).toBe(true);
    expect(requests()).toBe(2);
  });

  test('after a quiet time are repaired at once again', async () => {
    const { database, store, isRight } = await aTab();
    for (let second = 0; second < 30; second += 1) {
      void store.dispatch('messages/attached', LOST);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await vi.advanceTimersByTimeAsync(90_000);
    database.update(299);
    await store.dispatch('messages/attached', LOST);
    expect(isRight()).toBe(true);
    database.update(298);
    void store.dispatch('messages/attached', LOST);
    await vi.advanceTimersByTimeAsync(2_500);
    expect(isRight()).toBe(true);
  });
});
