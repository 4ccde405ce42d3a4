import { beforeEach, describe, expect, test as base, vi } from 'vitest';
import { aDelete, anInsert, aRow } from '../support/a-row';
import { RequestFailed } from '~/api/request-json';
import { fakeApi, historyOf, liveStore } from '../support/fake-api';

const REATTACHED = { resumed: false, truncated: false };

/** A live store, and a database of 120 rows that a test may change. */
const test = base.extend('chat', async () => {
  const api = fakeApi();
  const database = { rows: Array.from({ length: 120 }, (_, index) => aRow(index + 1)) };
  api.history = historyOf(() => database.rows);
  const { store } = await liveStore(api);
  const ids = () => store.getters['messages/rows'].map((row) => row.incremental_record_id);
  return { api, database, store, ids };
});

describe('History', () => {
  test('loads the newest page first and older ones on request, in order', async ({
    chat: { database, store, ids },
  }) => {
    const all = database.rows.map((row) => row.incremental_record_id);
    await store.dispatch('messages/catchUp');
    expect(ids()).toEqual(all.slice(-50));
    await store.dispatch('messages/loadOlder');
    expect(ids()).toEqual(all);
    expect(store.state.messages.older).toBeNull();
  });

  test('that could not be read is reported, and read again after the next attachment', async ({
    chat: { api, database, store, ids },
  }) => {
    vi.spyOn(console, 'warn').mockReturnValue();
    api.history = () => Promise.reject(new Error('the function is down'));
    await store.dispatch('messages/catchUp');
    expect(store.state.messages.history).toBe('failed');
    api.history = historyOf(() => database.rows);
    await store.dispatch('messages/attached', REATTACHED);
    expect(store.state.messages.history).toBe('loaded');
    expect(ids()).toHaveLength(50);
  });

  test.for([401, 403])('that the person may not read (%s) is reported as such', async (status, { chat }) => {
    vi.spyOn(console, 'warn').mockReturnValue();
    chat.api.history = () => Promise.reject(new RequestFailed('GET failed', { status }));
    await chat.store.dispatch('messages/catchUp');
    expect(chat.store.state.messages.history).toBe('forbidden');
  });

  test('requests older messages once, however often they are requested', async ({
    chat: { api, database, store },
  }) => {
    database.rows = Array.from({ length: 400 }, (_, index) => aRow(index + 1));
    await store.dispatch('messages/catchUp');
    await Promise.all([store.dispatch('messages/loadOlder'), store.dispatch('messages/loadOlder')]);
    expect(api.historyRequests).toHaveLength(2);
  });
});

describe('After a loss of continuity', () => {
  test('a message that arrives while history is read does not count as deleted', async ({
    chat: { api, database, store, ids },
  }) => {
    await store.dispatch('messages/catchUp');
    const answer = historyOf(() => database.rows);
    api.history = async (request) => {
      const page = await answer(request);
      await store.dispatch('messages/receive', anInsert(aRow(121)));
      return page;
    };
    await store.dispatch('messages/catchUp');
    expect(ids().at(-1)).toBe(121);
  });

  test('history is not read again when Ably resumed, nor at the first attachment after the first page', async ({
    chat: { api, store },
  }) => {
    await store.dispatch('messages/catchUp');
    await store.dispatch('messages/attached', REATTACHED);
    await store.dispatch('messages/attached', { resumed: true, truncated: false });
    expect(api.historyRequests).toHaveLength(1);
  });

  test('history is read again at a first attachment whose rewind was truncated', async ({
    chat: { api, store },
  }) => {
    await store.dispatch('messages/catchUp');
    await store.dispatch('messages/attached', { resumed: false, truncated: true });
    expect(api.historyRequests).toHaveLength(2);
  });
});

describe('A row change', () => {
  beforeEach(() => void vi.spyOn(console, 'warn').mockReturnValue());

  test('is accepted as JSON text and as an object', async ({ chat: { store } }) => {
    await store.dispatch('messages/receive', JSON.stringify(anInsert(aRow(1))));
    await store.dispatch('messages/receive', anInsert(aRow(2)));
    await store.dispatch('messages/receive', aDelete(aRow(1)));
    expect(store.getters['messages/rows']).toEqual([aRow(2)]);
  });

  test('with a text of many megabytes is cut to the length of a message', async ({ chat: { store } }) => {
    const valid = aRow(1, { msg_data: '😀'.repeat(4_000), username: '😀'.repeat(40) });
    await store.dispatch('messages/receive', anInsert(valid));
    await store.dispatch('messages/receive', anInsert(aRow(2, { msg_data: 'x'.repeat(5_000_000) })));
    const [first, second] = store.getters['messages/rows'];
    expect(first).toEqual(valid);
    expect(second?.msg_data).toHaveLength(8_001);
  });

  test.for([
    ['text that is not JSON', 'no JSON'],
    ['no data', undefined],
    ['another table', { ...anInsert(aRow(1)), table: 'other' }],
    ['an unknown operation', { ...anInsert(aRow(1)), type: 'TRUNCATE' }],
    ['a row without an id', { ...anInsert(aRow(1)), row: { ...aRow(1), msg_id: undefined } }],
    ['a time that is text', { ...anInsert(aRow(1)), row: { ...aRow(1), created_at_timestamp: 'now' } }],
  ] as const)('with %s is counted and changes nothing', async ([, data], { chat: { store } }) => {
    await store.dispatch('messages/receive', data);
    expect(store.state.messages.malformed).toBe(1);
    expect(store.getters['messages/rows']).toEqual([]);
    expect(console.warn).toHaveBeenCalledOnce();
  });
});
