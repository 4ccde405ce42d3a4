import type { ChatRow } from '@chat/contract';
import { afterEach, beforeEach, describe, expect, test as base, vi } from 'vitest';
import { aRow } from '../support/a-row';
import { fakeApi, historyOf } from '../support/fake-api';
import { startedStore } from '../support/started-store';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const REATTACHED = { resumed: false, truncated: false };

/** A live chat whose history has the rows `before`. */
async function liveChat(before: ChatRow[] = [aRow(1)]) {
  const rows = [...before];
  const chat = await startedStore(Object.assign(fakeApi(), { history: historyOf(() => rows) }));
  chat.api.listener?.onAttached(REATTACHED);
  const unread = () => chat.store.getters['reading/unread'].map((row) => row.incremental_record_id);
  return { ...chat, rows, unread };
}

const test = base.extend('chat', () => liveChat());

describe('Unread messages', () => {
  test('are those of others that arrive while the newest message is not on the screen', ({
    chat: { store, insert, unread },
  }) => {
    expect(unread()).toEqual([]);
    insert(aRow(2));
    insert(aRow(3, { client_id: 'me' }));
    insert(aRow(4));
    expect(unread()).toEqual([2, 4]);
    store.commit('reading/viewChanged', true);
    expect(unread()).toEqual([]);
    insert(aRow(5));
    store.commit('reading/viewChanged', false);
    expect(unread()).toEqual([]);
    insert(aRow(6));
    expect(unread()).toEqual([6]);
  });

  test('are counted in a chat that was empty at first', async () => {
    const { insert, unread } = await liveChat([]);
    insert(aRow(2));
    expect(unread()).toEqual([2]);
  });

  test('do not include older messages that are loaded later', async () => {
    const { store, insert, unread } = await liveChat([aRow(50)]);
    store.commit('reading/viewChanged', false);
    insert(aRow(1));
    expect(unread()).toEqual([]);
  });

  test('have a divider above the first, which stays until the next ones arrive', ({
    chat: { store, insert },
  }) => {
    insert(aRow(2));
    insert(aRow(3));
    store.commit('reading/viewChanged', true);
    expect(store.state.reading.dividerId).toBe('message-2');
    store.commit('reading/viewChanged', false);
    insert(aRow(4));
    expect(store.state.reading.dividerId).toBe('message-4');
  });
});
