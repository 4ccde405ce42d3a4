import { describe, expect, test, vi } from 'vitest';
import { PublishFailed } from '~/api/publish-failure';
import { CONFIRMATION_TIME, UNDO_TIME } from '~/store/modules/outbox';
import { createShownList } from '~/utils/shown-messages';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { incoming, liveStore } from '../support/fake-api';
import { startedStore } from '../support/started-store';
import type { ChatStore } from '~/store';

const mine = { client_id: 'me', username: 'Me' };

function shown(store: ChatStore) {
  const list = createShownList(
    store.state.messages.timeline,
    store.state.outbox.entries,
    store.state.session.clientId,
  );
  return Array.from({ length: list.count }, (_, index) => list.at(index));
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
      incoming(anInsert(aRow(1, { ...mine, msg_id: api.published[0]?.id ?? '', msg_data: 'hello' }))),
    );
    expect(shown(store)).toMatchObject([{ id: pending?.id, text: 'hello', mine: true }]);
    expect(shown(store)[0]?.pending).toBeUndefined();
    expect(store.state.outbox.entries).toEqual([]);
  });

  test('is settled by a row that came before the acknowledgement, and stays so', async () => {
    const { api, store } = await startedStore();
    api.onPublish = ({ id }) => {
      api.listener?.onRowChange(incoming(anInsert(aRow(1, { ...mine, msg_id: id }))));
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
    expect(shown(store).map((message) => message?.pending?.status)).toEqual(['waiting', 'waiting']);

    api.listener?.onStatus('live');
    await vi.waitFor(() => expect(api.published).toHaveLength(2));
    expect(api.published.map(({ data }) => data)).toMatchObject([
      { content: 'first' },
      { content: 'second' },
    ]);
  });

  test('waits with the next until Ably has answered for the one before, so that they arrive in order', async () => {
    const { api, store } = await startedStore();
    const answers: (() => void)[] = [];
    api.onPublish = () => new Promise((resolve) => answers.push(resolve));
    void store.dispatch('outbox/send', 'first');
    void store.dispatch('outbox/send', 'second');
    expect(api.published).toHaveLength(1);
    answers[0]?.();
    await vi.waitFor(() => expect(api.published).toHaveLength(2));
  });

  test('is not held up by a message that is refused', async () => {
    const { api, store } = await startedStore();
    api.onPublish = ({ data }) =>
      'content' in data && data.content === 'refused' ? Promise.reject(new Error('no')) : Promise.resolve();
    await Promise.all([store.dispatch('outbox/send', 'refused'), store.dispatch('outbox/send', 'next')]);
    expect(shown(store).map((message) => message?.pending?.status)).toEqual(['failed', 'taken']);
  });

  test.each([
    ['tooLarge', 'it is too long. Discard it and send it in parts'],
    ['rateLimited', 'too many messages at once. Wait a moment, then retry'],
    ['forbidden', 'you do not have permission to write here. Reload the page to sign in again'],
  ] as const)('that is refused as %s says what to do: "%s"', async (kind, reason) => {
    const { api, store } = await startedStore();
    api.onPublish = () => Promise.reject(new PublishFailed(kind, { message: 'in Ably’s words' }));
    await store.dispatch('outbox/send', 'hello');
    expect(shown(store)[0]).toMatchObject({ text: 'hello', pending: { status: 'failed', reason } });
  });

  test('goes on by itself when the connection failed and was back before anybody said so', async () => {
    vi.useFakeTimers();
    const { api, store } = await startedStore();
    let attempts = 0;
    api.onPublish = () => {
      attempts += 1;
      return attempts === 1
        ? Promise.reject(new PublishFailed('connection', { message: 'connection closed' }))
        : Promise.resolve();
    };
    void store.dispatch('outbox/send', 'hello');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(shown(store)[0]?.pending?.status).toBe('taken');
    expect(new Set(api.published.map(({ id }) => id)).size).toBe(1);
    vi.useRealTimers();
  });

  test('says when a row stays away, and lets go of the message when it comes after all', async () => {
    vi.useFakeTimers();
    const { api, store } = await startedStore();
    await store.dispatch('outbox/send', 'hello');
    await vi.advanceTimersByTimeAsync(CONFIRMATION_TIME);
    expect(shown(store)[0]?.pending?.status).toBe('unconfirmed');
    api.listener?.onRowChange(incoming(anInsert(aRow(1, { ...mine, msg_id: api.published[0]?.id ?? '' }))));
    expect(store.state.outbox.entries).toEqual([]);
    vi.useRealTimers();
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
    await Promise.all(Array.from({ length: 50 }, () => store.dispatch('outbox/send', 'same')));
    expect(new Set(api.published.map(({ id }) => id)).size).toBe(50);
  });
});

describe('Editing', () => {
  test('shows the new text as pending until the edited row is back', async () => {
    const { api, store } = await startedStore();
    api.listener?.onRowChange(incoming(anInsert(aRow(1, mine))));
    await store.dispatch('outbox/edit', { msgId: 'message-1', content: 'better' });
    expect(api.published).toMatchObject([
      { name: 'editedMsg', data: { username: 'Me', content: 'better', msgIdToEdit: 'message-1' } },
    ]);
    expect(shown(store)).toMatchObject([{ text: 'better', edited: false, pending: { status: 'taken' } }]);

    api.listener?.onRowChange(
      incoming(anUpdate(aRow(1, { ...mine, msg_data: 'better', revision: 2, is_edited: true }))),
    );
    expect(shown(store)).toMatchObject([{ text: 'better', edited: true }]);
    expect(shown(store)[0]?.pending).toBeUndefined();
  });

  test('that lost against a newer edit gives way to it, and the text is not frozen', async () => {
    const { api, store } = await startedStore();
    api.listener?.onRowChange(incoming(anInsert(aRow(1, mine))));
    await store.dispatch('outbox/edit', { msgId: 'message-1', content: 'mine' });
    api.listener?.onRowChange(incoming(anUpdate(aRow(1, { ...mine, msg_data: 'newer', revision: 2 }))));
    expect(shown(store)[0]?.text).toBe('newer');
    api.listener?.onRowChange(incoming(anUpdate(aRow(1, { ...mine, msg_data: 'newest', revision: 3 }))));
    expect(shown(store)[0]?.text).toBe('newest');
  });

  test('of a message that is not loaded does not crash and shows nothing', async () => {
    const { store } = await startedStore();
    await store.dispatch('outbox/edit', { msgId: 'nobody-knows', content: 'x' });
    expect(shown(store)).toEqual([]);
  });
});

describe('Deleting', () => {
  test('is published after a moment, and shows the message as being deleted until its deletion is back', async () => {
    vi.useFakeTimers();
    const { api, store } = await startedStore();
    api.listener?.onRowChange(incoming(anInsert(aRow(1, mine))));
    void store.dispatch('outbox/remove', 'message-1');
    await vi.advanceTimersByTimeAsync(UNDO_TIME - 1);
    expect(api.published).toEqual([]);
    expect(shown(store)).toMatchObject([{ id: 'message-1', pending: { status: 'held' } }]);
    await vi.advanceTimersByTimeAsync(1);
    expect(api.published).toMatchObject([{ name: 'deletedMsg', data: { msgIdToDelete: 'message-1' } }]);
    expect(shown(store)).toMatchObject([
      { id: 'message-1', pending: { name: 'deletedMsg', status: 'taken' } },
    ]);
    api.listener?.onRowChange(incoming(aDelete(aRow(1, mine))));
    expect(shown(store)).toEqual([]);
    expect(store.state.outbox.entries).toEqual([]);
    vi.useRealTimers();
  });
});

describe('A change by a person that this tab no longer is', () => {
  test('is not published, not even when its moment comes', async () => {
    vi.useFakeTimers();
    const { api, store } = await startedStore();
    void store.dispatch('outbox/remove', 'message-1');
    store.commit('outbox/orphaned');
    await vi.advanceTimersByTimeAsync(UNDO_TIME);
    expect(api.published).toEqual([]);
    expect(store.state.outbox.entries).toMatchObject([{ status: 'failed' }]);
    vi.useRealTimers();
  });
});
