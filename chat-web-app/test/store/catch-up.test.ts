import { describe, expect, test as base } from 'vitest';
import { aDelete, anInsert, aRow } from '../support/a-row';
import { fakeApi, liveStore } from '../support/fake-api';
import { fakeDatabase } from '../support/fake-database';

const LOST = { resumed: false, truncated: false };

/** A tab that loaded the newest 50 of 3,000 messages and was attached. */
const test = base.extend('chat', async () => {
  const database = fakeDatabase();
  for (let row = 0; row < 3_000; row += 1) database.insert();
  const api = fakeApi();
  api.history = (request) => Promise.resolve(database.history(request));
  api.changes = (since) => Promise.resolve(database.changes(since));
  const { store } = await liveStore(api);
  await store.dispatch('messages/catchUp');
  await store.dispatch('messages/attached', { resumed: false, truncated: false });
  return {
    api,
    database,
    store,
    ids: () => store.getters['messages/rows'].map((row) => row.incremental_record_id),
    text: (id: number) =>
      store.getters['messages/rows'].find((row) => row.incremental_record_id === id)?.msg_data,
    requests: () => api.historyRequests.length + api.changesRequests.length,
    async loadAll() {
      while (store.state.messages.older !== null) await store.dispatch('messages/loadOlder');
    },
  };
});

describe('An edit of a message that is not loaded', () => {
  test('does not show it, and leaves the range as it is', async ({
    chat: { database, store, ids, text },
  }) => {
    database.update(1_499);
    await store.dispatch('messages/receive', database.committed.at(-1));
    expect(ids()[0]).toBe(2_951);
    expect(ids()).toHaveLength(50);
    while (text(1_500) === undefined) await store.dispatch('messages/loadOlder');
    expect(text(1_500)).toBe('revision 2');
    expect(ids()).toHaveLength(3_001 - Number(ids()[0] ?? 0));
  });
});

describe('After an absence', () => {
  test('one request brings edits, deletions and new messages, of a room that is loaded as a whole', async ({
    chat,
  }) => {
    await chat.loadAll();
    const before = chat.requests();
    chat.database.update(1_499);
    chat.database.remove(99);
    chat.database.insert();
    await chat.store.dispatch('messages/attached', LOST);
    expect(chat.requests() - before).toBe(1);
    expect(chat.text(1_500)).toBe('revision 2');
    expect(chat.ids()).toHaveLength(3_000);
    expect(chat.ids()).not.toContain(100);
    expect(chat.ids().at(-1)).toBe(3_001);
  });

  test('with too many changes, three requests start anew from the newest messages', async ({ chat }) => {
    await chat.loadAll();
    const before = chat.requests();
    for (let n = 0; n < 500; n += 1) chat.database.insert();
    await chat.store.dispatch('messages/attached', LOST);
    expect(chat.requests() - before).toBe(3);
    expect(chat.ids()).toEqual(Array.from({ length: 200 }, (_, n) => 3_301 + n));
    expect(chat.store.state.messages.restarted).toBe(true);
    await chat.store.dispatch('messages/loadOlder');
    expect(chat.ids()).toEqual(Array.from({ length: 300 }, (_, n) => 3_201 + n));
  });

  test('with too many changes, a range of two pages keeps its beginning', async ({ chat }) => {
    for (let n = 0; n < 120; n += 1) chat.database.insert();
    await chat.store.dispatch('messages/attached', LOST);
    expect(chat.ids()[0]).toBeLessThanOrEqual(2_951);
    expect(chat.store.state.messages.restarted).toBe(false);
  });

  test('a server without the feed of changes is asked for the newest messages', async ({ chat }) => {
    chat.api.history = (request) => Promise.resolve({ ...chat.database.history(request), cursor: undefined });
    chat.store.commit('messages/cursorOutdated');
    await chat.store.dispatch('messages/attached', LOST);
    chat.database.insert();
    await chat.store.dispatch('messages/attached', LOST);
    expect(chat.api.changesRequests).toEqual([]);
    expect(chat.ids().at(-1)).toBe(3_001);
  });

  test('a message that was deleted before the history was read, and is repeated, does not stay', async ({
    chat,
  }) => {
    // Its deletion is published during the absence, after the repeat of its insert.
    const deleted = aRow(2_999, { msg_id: 'deleted' });
    await chat.store.dispatch('messages/receive', anInsert(deleted));
    expect(chat.ids()).toHaveLength(51);
    await chat.store.dispatch('messages/attached', LOST);
    expect(chat.ids()).toHaveLength(50);
    await chat.store.dispatch('messages/receive', aDelete(deleted));
    expect(chat.ids()).toHaveLength(50);
  });

  test('a failed read leaves the gap open until a later one closes it', async ({ chat }) => {
    chat.api.changes = () => Promise.reject(new Error('the function is down'));
    chat.database.update(2_990);
    await chat.store.dispatch('messages/attached', LOST);
    expect(chat.store.state.messages).toMatchObject({ history: 'failed', hasGap: true });
    chat.api.changes = (since) => Promise.resolve(chat.database.changes(since));
    await chat.store.dispatch('messages/loadOlder');
    expect(chat.text(2_991)).toBe('revision 2');
    expect(chat.store.state.messages.hasGap).toBe(false);
  });
});
