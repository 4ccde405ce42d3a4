import type { ChatChanges } from '@chat/contract';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { test as base } from 'vitest';
import { RequestFailed } from '~/api/request-json';
import { ATTEMPTS } from '~/store/sending/attempts';
import { aRow } from '../support/a-row';
import { fakeApi } from '../support/fake-api';
import type { FakeApi } from '../support/fake-api';
import { startedStore } from '../support/started-store';

const mine = { client_id: 'me', username: 'Me' };
/** ms. Longer than the first delay with its jitter, and than the whole round. */
const FIRST_DELAY = 13_000;
const ROUND = 400_000;

const answer = (changes: ChatChanges['changes'], complete = true) =>
  Promise.resolve({ changes, cursor: 'later', complete });

function anApi(stored: FakeApi['stored'] = new Map()): FakeApi {
  const api = Object.assign(fakeApi(), { stored });
  api.history = () => Promise.resolve({ rows: [], next: null, cursor: 'at the start' });
  api.changes = () => answer([]);
  return api;
}

/** A tab whose messages Ably acknowledges and whose rows never come, unless a test sends them. */
const test = base.extend('chat', async () => {
  const chat = await startedStore(anApi());
  return {
    ...chat,
    ids: () => chat.api.published.map(({ id }) => id),
    status: () => chat.store.state.sending.entries.map(({ status }) => status),
  };
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('A message that does not come back', () => {
  test('is published again under the next Ably id with the same identity, until it is overdue', async ({
    chat: { api, store, ids, status },
  }) => {
    await store.dispatch('sending/send', 'hello');
    const [id] = ids();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(ids()).toEqual([id]);
    await vi.advanceTimersByTimeAsync(FIRST_DELAY - 9_999);
    expect(ids()).toEqual([id, `${id}~2`]);
    expect(status()).toEqual(['acknowledged']);
    await vi.advanceTimersByTimeAsync(ROUND);
    expect(ids()).toEqual([id, ...Array.from({ length: ATTEMPTS - 1 }, (_, index) => `${id}~${index + 2}`)]);
    expect(new Set(api.published.map(({ data }) => (data as { id: string }).id))).toEqual(new Set([id]));
    expect(status()).toEqual(['overdue']);

    await store.dispatch('sending/retry', id ?? '');
    expect(ids().at(-1)).toBe(`${id}~${ATTEMPTS + 1}`);
    await vi.advanceTimersByTimeAsync(FIRST_DELAY);
    expect(ids().at(-1)).toBe(`${id}~${ATTEMPTS + 2}`);
  });

  test('waits longer after each attempt', async ({ chat: { api, store } }) => {
    const times: number[] = [];
    api.onPublish = () => Promise.resolve(void times.push(Date.now()));
    await store.dispatch('sending/send', 'hello');
    await vi.advanceTimersByTimeAsync(ROUND);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    [10_000, 20_000, 40_000, 80_000, 80_000].forEach((least, index) => {
      expect(waits[index]).toBeGreaterThanOrEqual(least);
      expect(waits[index]).toBeLessThanOrEqual(least * 1.3);
    });
  });

  test('is looked for with one request for all that are due, and only what is missing is repeated', async ({
    chat: { api, store, ids },
  }) => {
    for (const text of ['one', 'two', 'three']) await store.dispatch('sending/send', text);
    const [one, two = '', three] = ids();
    api.changes = () =>
      answer([{ kind: 'insert', msg_id: two, row: aRow(2, { ...mine, msg_id: two, msg_data: 'two' }) }]);
    await vi.advanceTimersByTimeAsync(FIRST_DELAY);
    expect(api.changesRequests).toEqual(['at the start']);
    expect(ids().slice(3)).toEqual([`${one}~2`, `${three}~2`]);
    expect(store.state.sending.entries.map(({ id }) => id)).toEqual([one, three]);
  });

  test('is not published again while the tab is not live, and the time away is no attempt', async ({
    chat: { api, store, ids, status },
  }) => {
    await store.dispatch('sending/send', 'hello');
    api.listener?.onStatus('offline');
    await vi.advanceTimersByTimeAsync(ROUND);
    expect(api.changesRequests).toEqual([]);
    api.listener?.onStatus('live');
    await vi.advanceTimersByTimeAsync(4_000);
    expect(ids()).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(ids()).toHaveLength(2);
    expect(status()).toEqual(['acknowledged']);
    expect(store.state.sending.entries).toMatchObject([{ acknowledged: 2 }]);
  });

  test('waits, without an attempt, while the database cannot be read', async ({
    chat: { api, store, ids },
  }) => {
    api.changes = () => Promise.reject(new RequestFailed('no answer', { status: 503 }));
    await store.dispatch('sending/send', 'hello');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(ids()).toHaveLength(1);
    expect(api.changesRequests.length).toBeLessThanOrEqual(5);
    api.changes = () => answer([]);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(ids()).toHaveLength(2);
  });

  test('is found in the newest history when more happened than an answer of changes holds', async ({
    chat: { api, store, ids },
  }) => {
    await store.dispatch('sending/send', 'hello');
    api.changes = () => answer([], false);
    const [id = ''] = ids();
    api.history = () => Promise.resolve({ rows: [aRow(7, { ...mine, msg_id: id })], next: null });
    await vi.advanceTimersByTimeAsync(FIRST_DELAY);
    expect(ids()).toHaveLength(1);
    expect(store.state.sending.entries).toEqual([]);
  });

  test('is published again without a look where the person may not read', async ({
    chat: { api, store, ids },
  }) => {
    const forbidden = () => Promise.reject(new RequestFailed('forbidden', { status: 403 }));
    Object.assign(api, { changes: forbidden, history: forbidden });
    await store.dispatch('sending/send', 'hello');
    await vi.advanceTimersByTimeAsync(FIRST_DELAY);
    expect(ids()).toHaveLength(2);
  });
});

describe('After a reload', () => {
  test('an unconfirmed message is published again, with the attempts counted on', async ({ chat }) => {
    await chat.store.dispatch('sending/send', 'hello');
    await vi.advanceTimersByTimeAsync(FIRST_DELAY);
    const [id] = chat.ids();
    const { api } = await startedStore(anApi(new Map(chat.api.stored)));
    expect(api.published).toEqual([]);
    await vi.advanceTimersByTimeAsync(26_000);
    expect(api.published.map((message) => message.id)).toEqual([`${id}~3`]);
  });

  test('what the database did before is found with the cursor from before', async ({ chat }) => {
    chat.insert(aRow(1, mine));
    void chat.store.dispatch('sending/remove', 'message-1');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(chat.status()).toEqual(['acknowledged']);
    const next = anApi(new Map(chat.api.stored));
    next.history = () => Promise.resolve({ rows: [], next: null, cursor: 'after the deletion' });
    next.changes = () => answer([{ kind: 'delete', msg_id: 'message-1' }]);
    const { api, store } = await startedStore(next);
    expect(store.state.sending.entries).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(FIRST_DELAY);
    expect(api.changesRequests).toEqual(['at the start']);
    expect(store.state.sending.entries).toEqual([]);
    expect(api.published).toEqual([]);
  });
});
