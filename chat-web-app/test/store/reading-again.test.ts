import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aRow } from '../support/a-row';
import { fakeApi, historyOf } from '../support/fake-api';
import { startedStore } from '../support/started-store';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('A failed read of the history is repeated with growing delays until it succeeds', async () => {
  const api = fakeApi();
  api.history = () => Promise.reject(new Error('the function is down'));
  const { store } = await startedStore(api);
  expect(api.historyRequests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(api.historyRequests).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(api.historyRequests).toHaveLength(2);
  api.history = historyOf(() => [aRow(1)]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(store.state.messages.history).toBe('loaded');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(api.historyRequests).toHaveLength(3);
});

test('The cursor of changes follows after 100 arrivals, at most every 30 seconds', async () => {
  const api = fakeApi();
  api.history = () => Promise.resolve({ rows: [], next: null, cursor: 'c' });
  api.changes = (since) => Promise.resolve({ changes: [], cursor: `${since}'`, complete: true });
  const { insert } = await startedStore(api);
  const arrive = async (from: number) => {
    for (let id = from; id < from + 100; id += 1) insert(aRow(id));
    await vi.advanceTimersByTimeAsync(0);
  };
  for (let id = 1; id < 100; id += 1) insert(aRow(id));
  expect(api.changesRequests).toEqual([]);
  await arrive(100);
  expect(api.changesRequests).toEqual(['c']);
  await arrive(200);
  expect(api.changesRequests).toEqual(['c']);
  await vi.advanceTimersByTimeAsync(30_000);
  await arrive(300);
  expect(api.changesRequests).toEqual(['c', "c'"]);
});
