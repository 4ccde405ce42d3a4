import type { ChatRow } from '@chat/contract';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { fakeApi, historyOf, liveStore } from '../support/fake-api';

let rows: ChatRow[];

beforeEach(() => {
  rows = Array.from({ length: 120 }, (_, index) => aRow(index + 1));
});

async function storeWithHistory() {
  const api = fakeApi();
  api.history = historyOf(() => rows);
  const { store } = await liveStore(api);
  const ids = () => store.getters['messages/rows'].map((row) => row.incremental_record_id);
  return { api, store, ids };
}

const REATTACHED = { resumed: false, truncated: false };

describe('History', () => {
  test('shows the newest page first and older ones on request, in order', async () => {
    const { store, ids } = await storeWithHistory();
    await store.dispatch('messages/catchUp');
    expect(ids()).toEqual(rows.slice(-50).map((row) => row.incremental_record_id));
    await store.dispatch('messages/loadOlder');
    expect(ids()).toEqual(rows.map((row) => row.incremental_record_id));
    expect(store.state.messages.older).toBeNull();
  });

  test('says that it could not be read, and is read at the next attempt', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const { api, store, ids } = await storeWithHistory();
    api.history = () => Promise.reject(new Error('the function is down'));
    await store.dispatch('messages/catchUp');
    expect(store.state.messages.history).toBe('failed');
    api.history = historyOf(() => rows);
    await store.dispatch('messages/attached', REATTACHED);
    expect(store.state.messages.history).toBe('loaded');
    expect(ids()).toHaveLength(50);
  });

  test('is not asked twice for what is older', async () => {
    rows = Array.from({ length: 400 }, (_, index) => aRow(index + 1));
    const { api, store } = await storeWithHistory();
    await store.dispatch('messages/catchUp');
    await Promise.all([store.dispatch('messages/loadOlder'), store.dispatch('messages/loadOlder')]);
    expect(api.historyAsked).toHaveLength(2);
  });
});

describe('After a loss of continuity', () => {
  test('the range shown is read again without a gap, and what was deleted or edited meanwhile is', async () => {
    const { store, ids } = await storeWithHistory();
    await store.dispatch('messages/catchUp');
    await store.dispatch('messages/attached', REATTACHED);

    rows = rows.filter((row) => row.incremental_record_id !== 100 && row.incremental_record_id !== 120);
    rows[rows.length - 1] = { ...aRow(119), revision: 2, msg_data: 'edited meanwhile' };
    rows.push(...Array.from({ length: 300 }, (_, index) => aRow(121 + index)));
    await store.dispatch('messages/attached', REATTACHED);

    const expected = rows.map((row) => row.incremental_record_id).filter((id) => id > 70);
    // It reads in pages and may end a little below what was shown, never above.
    expect(ids().filter((id) => id > 70)).toEqual(expected);
    expect(store.getters['messages/rows'].find((row) => row.msg_id === 'message-119')?.msg_data).toBe(
      'edited meanwhile',
    );
  });

  test('a message that arrives while history is being read is not taken for deleted', async () => {
    const { api, store, ids } = await storeWithHistory();
    await store.dispatch('messages/catchUp');
    const answer = historyOf(() => rows);
    api.history = async (request) => {
      const page = await answer(request);
      await store.dispatch('messages/receive', anInsert(aRow(121)));
      return page;
    };
    await store.dispatch('messages/catchUp');
    expect(ids().at(-1)).toBe(121);
  });

  test('what the re-read found deleted does not come back with a late repeat', async () => {
    const { store, ids } = await storeWithHistory();
    await store.dispatch('messages/catchUp');
    rows = rows.filter((row) => row.incremental_record_id !== 120);
    await store.dispatch('messages/catchUp');
    await store.dispatch('messages/receive', anUpdate(aRow(120, { revision: 5 })));
    expect(ids().at(-1)).toBe(119);
  });

  test('nothing is read again when Ably resumed, nor at the first attachment right after the first page', async () => {
    const { api, store } = await storeWithHistory();
    await store.dispatch('messages/catchUp');
    await store.dispatch('messages/attached', REATTACHED);
    await store.dispatch('messages/attached', { resumed: true, truncated: false });
    expect(api.historyAsked).toHaveLength(1);
  });

  test('a first attachment whose rewind was cut short is closed up from history', async () => {
    const { api, store } = await storeWithHistory();
    await store.dispatch('messages/catchUp');
    await store.dispatch('messages/attached', { resumed: false, truncated: true });
    expect(api.historyAsked).toHaveLength(2);
  });
});

describe('A row change', () => {
  test('is taken as JSON text and as an object', async () => {
    const { store } = await liveStore();
    await store.dispatch('messages/receive', JSON.stringify(anInsert(aRow(1))));
    await store.dispatch('messages/receive', anInsert(aRow(2)));
    await store.dispatch('messages/receive', aDelete(aRow(1)));
    expect(store.getters['messages/rows']).toEqual([aRow(2)]);
  });

  test('of many megabytes is kept no longer than a message can be, and a valid one as it is', async () => {
    const { store } = await liveStore();
    const valid = aRow(1, { msg_data: '😀'.repeat(4_000), username: '😀'.repeat(40) });
    await store.dispatch('messages/receive', anInsert(valid));
    await store.dispatch('messages/receive', anInsert(aRow(2, { msg_data: 'x'.repeat(5_000_000) })));
    const [first, second] = store.getters['messages/rows'];
    expect(first).toEqual(valid);
    expect(second?.msg_data).toHaveLength(8_001);
  });

  test.each([
    ['no JSON', 'no JSON'],
    ['nothing', undefined],
    ['another table', { ...anInsert(aRow(1)), table: 'other' }],
    ['no such operation', { ...anInsert(aRow(1)), type: 'TRUNCATE' }],
    ['a row without its id', { ...anInsert(aRow(1)), row: { ...aRow(1), msg_id: undefined } }],
    ['a time that is text', { ...anInsert(aRow(1)), row: { ...aRow(1), created_at_timestamp: 'now' } }],
  ])('that is malformed (%s) is counted and changes nothing', async (_what, data) => {
    const warned = vi.spyOn(console, 'warn').mockReturnValue();
    const { store } = await liveStore();
    await store.dispatch('messages/receive', data);
    expect(store.state.messages.malformed).toBe(1);
    expect(store.getters['messages/rows']).toEqual([]);
    expect(warned).toHaveBeenCalledOnce();
  });
});
