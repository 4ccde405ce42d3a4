import { describe, expect, test, vi } from 'vitest';
import { aRow } from '../support/a-row';
import { fakeApi } from '../support/fake-api';
import type { FakeApi } from '../support/fake-api';
import { startedStore } from '../support/started-store';

const mine = { client_id: 'me', username: 'Me' };

function reload({ stored, history }: FakeApi) {
  return startedStore(Object.assign(fakeApi(), { stored, history }));
}

describe('A reloaded tab', () => {
  test('publishes pending messages once, in order, under their ids', async () => {
    const first = await startedStore();
    first.api.listener?.onStatus('offline');
    await first.store.dispatch('sending/send', 'one');
    await first.store.dispatch('sending/send', 'two');
    const ids = first.store.state.sending.entries.map(({ id }) => id);
    await vi.waitFor(() => expect(first.api.stored.get('sendQueue')).toContain('two'));

    const { api } = await reload(first.api);
    await vi.waitFor(() => expect(api.published).toHaveLength(2));
    expect(api.published.map(({ id }) => id)).toEqual(ids);
  });

  test('publishes an interrupted message again under the same id', async () => {
    const first = await startedStore();
    first.api.onPublish = () => new Promise(() => undefined);
    void first.store.dispatch('sending/send', 'hello');
    await vi.waitFor(() => expect(first.api.stored.get('sendQueue')).toContain('publishing'));
    const { api } = await reload(first.api);
    expect(api.published.map(({ id }) => id)).toEqual(first.api.published.map(({ id }) => id));
  });

  test('does not publish an acknowledged message again, and finds its row in history', async () => {
    const first = await startedStore();
    await first.store.dispatch('sending/send', 'hello');
    const id = first.api.published[0]?.id ?? '';
    await vi.waitFor(() => expect(first.api.stored.get('sendQueue')).toContain('acknowledged'));
    first.api.history = () => Promise.resolve({ rows: [aRow(1, { ...mine, msg_id: id })], next: null });
    const { api, store } = await reload(first.api);
    expect(api.published).toEqual([]);
    expect(store.state.sending.entries).toEqual([]);
  });

  test('restores the draft and the open edit', async () => {
    const first = await startedStore();
    first.store.commit('drafts/composerTyped', 'half a');
    first.store.commit('drafts/editOpened', { msgId: 'message-1', text: 'half of b', base: 'b' });
    await vi.waitFor(() => expect(first.api.stored.get('drafts')).toContain('half of b'));
    const { store } = await reload(first.api);
    expect(store.state.drafts).toEqual(first.store.state.drafts);
  });

  test.for(['no JSON', '{}', '[1, {"name":"chatMsg"}]', '[{"name":"dropTable"}]'])(
    'ignores stored text that it cannot parse: %s',
    async (text) => {
      const api = fakeApi();
      api.stored.set('sendQueue', text).set('drafts', text);
      const { store } = await startedStore(api);
      expect(store.state.sending.entries).toEqual([]);
      expect(store.state.drafts).toEqual({ composer: '', edits: [], open: null });
    },
  );
});
