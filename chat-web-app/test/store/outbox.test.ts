import { describe, expect, test } from 'vitest';
import { toShownMessages } from '~/utils/shown-messages';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { fakeApi, liveStore } from '../support/fake-api';
import { startChat } from '~/store/bridge';
import { createChatStore } from '~/store';
import type { ChatStore } from '~/store';

const mine = { client_id: 'me', username: 'Me' };

async function startedStore(api = fakeApi()) {
  const store = createChatStore(api, true);
  api.kept.set('nickname', 'Me');
  await startChat(store, api);
  api.listener?.onStatus('live');
  return { api, store };
}

function shown(store: ChatStore) {
  return toShownMessages(
    store.getters['messages/rows'],
    store.state.outbox.entries,
    store.state.session.clientId,
  );
}

describe('Sending', () => {
  test('publishes what the contract says, under an id of its own', async () => {
    const { api, store } = await startedStore();
    await store.dispatch('outbox/send', 'hello');
    expect(api.published).toEqual([
      {
        name: 'chatMsg',
        data: { username: 'Me', content: 'hello' },
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      },
    ]);
  });

  test('shows the message as pending until its row comes back, not only until Ably took it', async () => {
    const { api, store } = await startedStore();
    await store.dispatch('outbox/send', 'hello');
    const [pending] = shown(store);
    expect(pending).toMatchObject({ text: 'hello', mine: true, pending: { status: 'taken' } });

    api.listener?.onRowChange(
      anInsert(aRow(1, { ...mine, msg_id: api.published[0]?.id ?? '', msg_data: 'hello' })),
    );
    expect(shown(store)).toMatchObject([{ id: pending?.id, text: 'hello', mine: true }]);
    expect(shown(store)[0]?.pending).toBeUndefined();
    expect(store.state.outbox.entries).toEqual([]);
  });

  test('is settled by a row that came before the acknowledgement, and stays so', async () => {
    const { api, store } = await startedStore();
    api.onPublish = ({ id }) => {
      api.listener?.onRowChange(anInsert(aRow(1, { ...mine, msg_id: id })));
      return Promise.reject(new Error('the acknowledgement was lost'));
    };
    await store.dispatch('outbox/send', 'hello');
    expect(store.state.outbox.entries).toEqual([]);
  });

  test('keeps a refused message with the reason; a retry uses the same id; a discard lets it go', async () => {
    const { api, store } = await startedStore();
    api.onPublish = () => Promise.reject(new Error('rate limit exceeded'));
    await store.dispatch('outbox/send', 'hello');
    const [refused] = shown(store);
    expect(refused?.pending).toMatchObject({ status: 'failed', reason: 'rate limit exceeded' });

    api.onPublish = () => Promise.resolve();
    await store.dispatch('outbox/retry', refused?.id ?? '');
    expect(api.published.map(({ id }) => id)).toEqual([refused?.id, refused?.id]);
    expect(shown(store)[0]?.pending?.status).toBe('taken');

    store.commit('outbox/discarded', refused?.id ?? '');
    expect(shown(store)).toEqual([]);
  });

  test('while disconnected throws nothing, and sends in order once it is live again', async () => {
    const { api, store } = await startedStore();
    api.listener?.onStatus('offline');
    await store.dispatch('outbox/send', 'first');
    await store.dispatch('outbox/send', 'second');
    expect(api.published).toEqual([]);
    expect(shown(store).map(({ pending }) => pending?.status)).toEqual(['waiting', 'waiting']);

    api.listener?.onStatus('live');
    expect(api.published.map(({ data }) => data)).toMatchObject([
      { content: 'first' },
      { content: 'second' },
    ]);
  });

  test('that failed because the connection went waits for the next, under the same id', async () => {
    const { api, store } = await startedStore();
    api.onPublish = () => {
      api.listener?.onStatus('offline');
      return Promise.reject(new Error('connection suspended'));
    };
    await store.dispatch('outbox/send', 'hello');
    expect(shown(store)[0]?.pending?.status).toBe('waiting');
    api.onPublish = () => Promise.resolve();
    api.listener?.onStatus('live');
    expect(new Set(api.published.map(({ id }) => id)).size).toBe(1);
    expect(api.published).toHaveLength(2);
  });

  test('gives every message another id', async () => {
    const { api, store } = await liveStore();
    await Promise.all(Array.from({ length: 200 }, () => store.dispatch('outbox/send', 'same')));
    expect(new Set(api.published.map(({ id }) => id)).size).toBe(200);
  });
});

describe('Editing', () => {
  test('shows the new text as pending until the edited row is back', async () => {
    const { api, store } = await startedStore();
    api.listener?.onRowChange(anInsert(aRow(1, mine)));
    await store.dispatch('outbox/edit', { msgId: 'message-1', content: 'better' });
    expect(api.published).toMatchObject([
      { name: 'editedMsg', data: { username: 'Me', content: 'better', msgIdToEdit: 'message-1' } },
    ]);
    expect(shown(store)).toMatchObject([{ text: 'better', edited: false, pending: { status: 'taken' } }]);

    api.listener?.onRowChange(
      anUpdate(aRow(1, { ...mine, msg_data: 'better', revision: 2, is_edited: true })),
    );
    expect(shown(store)).toMatchObject([{ text: 'better', edited: true }]);
    expect(shown(store)[0]?.pending).toBeUndefined();
  });

  test('that lost against a newer edit gives way to it, and the text is not frozen', async () => {
    const { api, store } = await startedStore();
    api.listener?.onRowChange(anInsert(aRow(1, mine)));
    await store.dispatch('outbox/edit', { msgId: 'message-1', content: 'mine' });
    api.listener?.onRowChange(anUpdate(aRow(1, { ...mine, msg_data: 'newer', revision: 2 })));
    expect(shown(store)[0]?.text).toBe('newer');
    api.listener?.onRowChange(anUpdate(aRow(1, { ...mine, msg_data: 'newest', revision: 3 })));
    expect(shown(store)[0]?.text).toBe('newest');
  });

  test('of a message that is not loaded does not crash and shows nothing', async () => {
    const { store } = await startedStore();
    await store.dispatch('outbox/edit', { msgId: 'nobody-knows', content: 'x' });
    expect(shown(store)).toEqual([]);
  });
});

describe('Deleting', () => {
  test('shows the message as being deleted until its deletion is back', async () => {
    const { api, store } = await startedStore();
    api.listener?.onRowChange(anInsert(aRow(1, mine)));
    await store.dispatch('outbox/remove', 'message-1');
    expect(api.published).toMatchObject([{ name: 'deletedMsg', data: { msgIdToDelete: 'message-1' } }]);
    expect(shown(store)).toMatchObject([{ id: 'message-1', pending: { name: 'deletedMsg' } }]);
    api.listener?.onRowChange(aDelete(aRow(1, mine)));
    expect(shown(store)).toEqual([]);
    expect(store.state.outbox.entries).toEqual([]);
  });
});
