import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { UNDO_TIME } from '~/store/sending/module';
import { anUpdate, aRow } from '../support/a-row';
import { test } from '../support/started-store';

const mine = { client_id: 'me', username: 'Me' };
const FIRST_DELAY = 13_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const contents = (published: { data: object }[]) =>
  published.map(({ data }) => (data as { content?: string }).content);
const madeAt = ({ data }: { data: object }) => (data as { madeAt: number }).madeAt;

describe('Edits of one author', () => {
  test('carry strictly increasing times of the server’s clock, also when the page’s is set back', async ({
    chat: { api, store, insert },
  }) => {
    store.commit('session/clockCompared', 60_000);
    insert(aRow(1, mine));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'one' });
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'two' });
    vi.setSystemTime(Date.now() - 3_600_000);
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'three' });
    const times = api.published.map(madeAt);
    expect(times[0]).toBe(Date.now() + 3_660_000);
    expect(times).toEqual([times[0], (times[0] ?? 0) + 1, (times[0] ?? 0) + 2]);
  });

  test('have increasing identities, by which the write rules order edits that arrive in the same ms', async ({
    chat: { api, store, insert },
  }) => {
    insert(aRow(1, mine));
    for (const content of ['one', 'two', 'three', 'four', 'five', 'six']) {
      await store.dispatch('sending/edit', { msgId: 'message-1', content });
    }
    const ids = api.published.map(({ id }) => id);
    expect(ids).toHaveLength(6);
    expect(ids).toEqual([...ids].sort());
  });

  test('are later than the edit that the row has', async ({ chat: { api, store, insert } }) => {
    const edited_at_timestamp = Date.now() + 5_000;
    insert(aRow(1, { ...mine, revision: 2, edited_at_timestamp }));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'later' });
    expect(api.published.map(madeAt)).toEqual([edited_at_timestamp + 1]);
  });

  test('a newer one takes the place of an unconfirmed one, which is never published again', async ({
    chat: { api, store, insert },
  }) => {
    insert(aRow(1, mine));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'older' });
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'newer' });
    expect(store.state.sending.entries).toMatchObject([{ data: { content: 'newer' } }]);
    await vi.advanceTimersByTimeAsync(FIRST_DELAY);
    expect(contents(api.published)).toEqual(['older', 'newer', 'newer']);
  });

  test('of a message whose row is not here wait for a row that shows them', async ({
    chat: { api, store, insert, receive },
  }) => {
    await store.dispatch('sending/send', 'hello');
    const msg_id = api.published[0]?.id ?? '';
    await store.dispatch('sending/edit', { msgId: msg_id, content: 'hullo' });
    await store.dispatch('sending/edit', { msgId: msg_id, content: 'hello' });
    // The row of the message: it has the words of the last edit, but the first edit may still arrive.
    insert(aRow(1, { ...mine, msg_id, msg_data: 'hello' }));
    expect(store.state.sending.entries).toMatchObject([{ name: 'editedMsg', data: { content: 'hello' } }]);
    await vi.advanceTimersByTimeAsync(FIRST_DELAY);
    expect(contents(api.published)).toEqual(['hello', 'hullo', 'hello', 'hello']);
    const edited_at_timestamp = madeAt(api.published[2] ?? { data: {} });
    receive(anUpdate(aRow(1, { ...mine, msg_id, msg_data: 'hello', revision: 2, edited_at_timestamp })));
    expect(store.state.sending.entries).toEqual([]);
  });

  test('are not confirmed by an earlier one with the same words, while one between may arrive', async ({
    chat: { api, store, insert, receive },
  }) => {
    insert(aRow(1, mine));
    for (const content of ['A', 'B', 'A']) {
      await store.dispatch('sending/edit', { msgId: 'message-1', content });
    }
    const [first, , last] = api.published.map(madeAt);
    receive(anUpdate(aRow(1, { ...mine, msg_data: 'A', revision: 2, edited_at_timestamp: first })));
    expect(store.state.sending.entries).toHaveLength(1);
    receive(anUpdate(aRow(1, { ...mine, msg_data: 'A', revision: 4, edited_at_timestamp: last })));
    expect(store.state.sending.entries).toEqual([]);
  });

  test('are confirmed by their time when a program changed the text afterwards, and not by its change', async ({
    chat: { api, store, insert, receive },
  }) => {
    insert(aRow(1, mine));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'mine' });
    receive(anUpdate(aRow(1, { ...mine, msg_data: 'by a program', revision: 2 })));
    expect(store.state.sending.entries).toHaveLength(1);
    const [edited_at_timestamp] = api.published.map(madeAt);
    receive(anUpdate(aRow(1, { ...mine, msg_data: 'by a program', revision: 4, edited_at_timestamp })));
    expect(store.state.sending.entries).toEqual([]);
  });

  test('give way to the deletion of their message once it can no longer be undone', async ({
    chat: { api, store, insert },
  }) => {
    insert(aRow(1, mine));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'better' });
    void store.dispatch('sending/remove', 'message-1');
    expect(store.state.sending.entries).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(UNDO_TIME * 1_000);
    expect(store.state.sending.entries).toMatchObject([{ name: 'deletedMsg' }]);
    await vi.advanceTimersByTimeAsync(FIRST_DELAY);
    expect(api.published.map(({ name }) => name)).toEqual(['editedMsg', 'deletedMsg', 'deletedMsg']);
  });
});
