import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startChat } from '~/store/start';
import { createChatStore } from '~/store';
import type { ChatRow } from '@chat/contract';
import { anInsert, aRow } from '../support/a-row';
import { fakeApi, historyOf, incoming } from '../support/fake-api';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const REATTACHED = { resumed: false, truncated: false };

async function chat(before: ChatRow[] = [aRow(1)]) {
  const api = fakeApi();
  const rows = [...before];
  api.history = historyOf(() => rows);
  api.kept.set('nickname', 'Me');
  const store = createChatStore(api, true);
  await startChat(store, api);
  api.listener?.onStatus('live');
  api.listener?.onAttached(REATTACHED);
  return {
    api,
    rows,
    store,
    hear: (row: ChatRow) => api.listener?.onRowChange(incoming(anInsert(row))),
    unread: () => store.getters['reading/unread'].map((row) => row.incremental_record_id),
  };
}

describe('Unread', () => {
  test('is what others wrote while nobody looked, and not what was there at first', async () => {
    const { store, hear, unread } = await chat();
    expect(unread()).toEqual([]);
    hear(aRow(2));
    hear(aRow(3, { client_id: 'me' }));
    hear(aRow(4));
    expect(unread()).toEqual([2, 4]);
    store.commit('reading/viewChanged', true);
    expect(unread()).toEqual([]);
    hear(aRow(5));
    store.commit('reading/viewChanged', false);
    expect(unread()).toEqual([]);
    hear(aRow(6));
    expect(unread()).toEqual([6]);
  });

  test('is counted in a chat that was empty when it was opened', async () => {
    const { hear, unread } = await chat([]);
    hear(aRow(2));
    expect(unread()).toEqual([2]);
  });

  test('is not what is older, such as a page that is scrolled to', async () => {
    const { store, hear, unread } = await chat([aRow(50)]);
    store.commit('reading/viewChanged', false);
    hear(aRow(1));
    expect(unread()).toEqual([]);
  });

  test('has its first message marked, which stays marked when it was seen, until the next batch', async () => {
    const { store, hear } = await chat();
    hear(aRow(2));
    hear(aRow(3));
    store.commit('reading/viewChanged', true);
    expect(store.state.reading.dividerId).toBe('message-2');
    store.commit('reading/viewChanged', false);
    hear(aRow(4));
    expect(store.state.reading.dividerId).toBe('message-4');
  });
});

describe('An absence', () => {
  test.each([
    ['long', 1, 60_000, 1],
    ['short, in which little happened', 2, 2_000, null],
    ['short, in which much happened', 7, 2_000, 7],
  ])('that is %s (%i messages in %i ms) is summed up as %s', async (_what, count, duration, told) => {
    const { api, store, rows } = await chat();
    store.commit('reading/viewChanged', true);
    api.listener?.onStatus('offline');
    rows.push(...Array.from({ length: count }, (_, index) => aRow(2 + index)));
    await vi.advanceTimersByTimeAsync(duration);
    api.listener?.onStatus('connecting');
    api.listener?.onStatus('live');
    api.listener?.onAttached(REATTACHED);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(store.state.reading.missed).toEqual(told === null ? null : { count: told, firstId: 'message-2' });
    expect(store.getters['messages/rows']).toHaveLength(1 + count);
  });

  test('in which only oneself wrote, from elsewhere, is not summed up', async () => {
    const { api, store, rows } = await chat();
    api.listener?.onStatus('offline');
    rows.push(aRow(2, { client_id: 'me' }));
    await vi.advanceTimersByTimeAsync(60_000);
    api.listener?.onStatus('live');
    api.listener?.onAttached(REATTACHED);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(store.state.reading.missed).toBeNull();
  });
});
