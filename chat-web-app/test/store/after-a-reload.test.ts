import { describe, expect, test, vi } from 'vitest';
import { aRow } from '../support/a-row';
import { fakeApi } from '../support/fake-api';
import type { FakeApi } from '../support/fake-api';
import { startedStore } from '../support/started-store';

const mine = { client_id: 'me', username: 'Me' };

describe('After a reload', () => {
  async function reloaded(before: FakeApi) {
    const api = fakeApi();
    api.kept = before.kept;
    return startedStore(api);
  }

  test('what waited is sent once, in order, under the ids that it had', async () => {
    const first = await startedStore();
    first.api.listener?.onStatus('offline');
    await first.store.dispatch('sending/send', 'one');
    await first.store.dispatch('sending/send', 'two');
    const ids = first.store.state.sending.entries.map(({ id }) => id);
    await vi.waitFor(() => expect(first.api.kept.get('sendQueue')).toContain('two'));

    const { api } = await reloaded(first.api);
    await vi.waitFor(() => expect(api.published).toHaveLength(2));
    expect(api.published.map(({ id }) => id)).toEqual(ids);
  });

  test('what was on its way goes out again under the same id', async () => {
    const first = await startedStore();
    first.api.onPublish = () => new Promise(() => undefined);
    void first.store.dispatch('sending/send', 'hello');
    await vi.waitFor(() => expect(first.api.kept.get('sendQueue')).toContain('publishing'));
    const { api } = await reloaded(first.api);
    expect(api.published.map(({ id }) => id)).toEqual(first.api.published.map(({ id }) => id));
  });

  test('what Ably took is not sent again, and is settled by the row that history brings', async () => {
    const first = await startedStore();
    await first.store.dispatch('sending/send', 'hello');
    const id = first.api.published[0]?.id ?? '';
    await vi.waitFor(() => expect(first.api.kept.get('sendQueue')).toContain('acknowledged'));
    first.api.history = () => Promise.resolve({ rows: [aRow(1, { ...mine, msg_id: id })], next: null });
    const api = fakeApi();
    Object.assign(api, { kept: first.api.kept, history: first.api.history });
    const { store } = await startedStore(api);
    expect(api.published).toEqual([]);
    expect(store.state.sending.entries).toEqual([]);
  });

  test('a draft and an edit are as they were', async () => {
    const first = await startedStore();
    first.store.commit('drafts/composerTyped', 'half a');
    first.store.commit('drafts/editOpened', { msgId: 'message-1', text: 'half of b', base: 'b' });
    await vi.waitFor(() => expect(first.api.kept.get('drafts')).toContain('half of b'));
    const { store } = await reloaded(first.api);
    expect(store.state.drafts).toEqual(first.store.state.drafts);
  });

  test.each(['no JSON', '{}', '[1, {"name":"chatMsg"}]', '[{"name":"dropTable"}]'])(
    'kept text that is not ours (%s) is left out, and the page starts',
    async (text) => {
      const api = fakeApi();
      api.kept.set('sendQueue', text).set('drafts', text);
      const { store } = await startedStore(api);
      expect(store.state.sending.entries).toEqual([]);
      expect(store.state.drafts).toEqual({ composer: '', edit: null });
    },
  );
});
