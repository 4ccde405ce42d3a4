import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { PublishFailed } from '~/api/publish-failure';
import { UNDO_TIME } from '~/store/sending/module';
import { strings } from '~/strings';
import { aDelete, anUpdate, aRow } from '../support/a-row';
import { test } from '../support/started-store';

const mine = { client_id: 'me', username: 'Me' };

describe('Send queue', () => {
  test('publishes the data of the contract under a new id', async ({ chat: { api, store } }) => {
    await store.dispatch('sending/send', 'hello');
    expect(api.published).toEqual([
      {
        name: 'chatMsg',
        data: { id: api.published[0]?.id, username: 'Me', content: 'hello' },
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      },
    ]);
  });

  test('uses a different id for every message', async ({ chat: { api, store } }) => {
    api.listener?.onStatus('offline');
    await Promise.all(Array.from({ length: 50 }, () => store.dispatch('sending/send', 'same')));
    expect(new Set(store.state.sending.entries.map(({ id }) => id)).size).toBe(50);
  });

  test('keeps a message until its row comes back, not only until Ably acknowledges it', async ({
    chat: { api, store, insert, shown },
  }) => {
    await store.dispatch('sending/send', 'hello');
    const [pending] = shown();
    expect(pending).toMatchObject({
      text: 'hello',
      mine: true,
      pending: { status: 'acknowledged' },
    });

    insert(aRow(1, { ...mine, msg_id: api.published[0]?.id ?? '', msg_data: 'hello' }));
    expect(shown()).toMatchObject([{ id: pending?.id, text: 'hello', mine: true }]);
    expect(shown()[0]?.pending).toBeUndefined();
    expect(store.state.sending.entries).toEqual([]);
  });

  test('keeps an edit back to the old text until the edit before it has its row', async ({
    chat: { api, store, insert, receive, shown },
  }) => {
    insert(aRow(1, { ...mine, msg_data: 'A' }));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'B' });
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'A' });
    expect(api.published.map(({ data }) => data)).toMatchObject([{ content: 'B' }, { content: 'A' }]);
    expect(shown()[0]).toMatchObject({ text: 'A', pending: { name: 'editedMsg' } });
    const [first, second] = api.published.map(({ data }) => (data as { madeAt: number }).madeAt);
    receive(anUpdate(aRow(1, { ...mine, msg_data: 'B', revision: 2, edited_at_timestamp: first })));
    expect(shown()[0]).toMatchObject({ text: 'A', pending: { name: 'editedMsg' } });
    receive(anUpdate(aRow(1, { ...mine, msg_data: 'A', revision: 3, edited_at_timestamp: second })));
    expect(store.state.sending.entries).toEqual([]);
  });

  test('removes a message whose row arrives before the acknowledgement', async ({
    chat: { api, store, insert },
  }) => {
    api.onPublish = ({ id }) => {
      insert(aRow(1, { ...mine, msg_id: id }));
      return Promise.reject(new Error('the acknowledgement was lost'));
    };
    await store.dispatch('sending/send', 'hello');
    expect(store.state.sending.entries).toEqual([]);
  });

  test('keeps a rejected message with the reason, retries it under the same id, and discards it', async ({
    chat: { api, store, shown },
  }) => {
    api.onPublish = () => Promise.reject(new Error('rate limit exceeded'));
    await store.dispatch('sending/send', 'hello');
    const [rejected] = shown();
    expect(rejected?.pending).toMatchObject({ status: 'failed', reason: 'rate limit exceeded' });

    api.onPublish = () => Promise.resolve();
    await store.dispatch('sending/retry', rejected?.id ?? '');
    expect(api.published.map(({ id }) => id)).toEqual([rejected?.id, rejected?.id]);
    expect(shown()[0]?.pending).toMatchObject({ status: 'acknowledged', reason: null });

    store.commit('sending/removed', [rejected?.id ?? '']);
    expect(shown()).toEqual([]);
  });

  test('publishes in order once the tab is live again', async ({ chat: { api, store, shown } }) => {
    api.listener?.onStatus('offline');
    await store.dispatch('sending/send', 'first');
    await store.dispatch('sending/send', 'second');
    expect(api.published).toEqual([]);
    expect(shown().map((message) => message?.pending?.status)).toEqual(['pending', 'pending']);

    api.listener?.onStatus('live');
    await vi.waitFor(() => expect(api.published).toHaveLength(2));
    expect(api.published.map(({ data }) => data)).toMatchObject([
      { content: 'first' },
      { content: 'second' },
    ]);
  });

  test('publishes the next message only after Ably has answered for the previous one', async ({
    chat: { api, store },
  }) => {
    const answers: (() => void)[] = [];
    api.onPublish = () => new Promise((resolve) => answers.push(resolve));
    void store.dispatch('sending/send', 'first');
    void store.dispatch('sending/send', 'second');
    expect(api.published).toHaveLength(1);
    answers[0]?.();
    await vi.waitFor(() => expect(api.published).toHaveLength(2));
  });

  test('continues after a rejected message', async ({ chat: { api, store, shown } }) => {
    api.onPublish = ({ data }) =>
      'content' in data && data.content === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve();
    await Promise.all([store.dispatch('sending/send', 'bad'), store.dispatch('sending/send', 'next')]);
    expect(shown().map((message) => message?.pending?.status)).toEqual(['failed', 'acknowledged']);
  });

  test.for([['tooLarge'], ['forbidden']] as const)(
    'explains a rejection of kind %s to the author and keeps the text',
    async ([kind], { chat: { api, store, shown } }) => {
      api.onPublish = () => Promise.reject(new PublishFailed(kind, { message: 'in Ably’s words' }));
      await store.dispatch('sending/send', 'hello');
      const reason = strings.refusal[kind];
      expect(shown()[0]).toMatchObject({ text: 'hello', pending: { status: 'failed', reason } });
    },
  );

  test('publishes again under the same id when the connection is lost meanwhile', async ({
    chat: { api, store, shown },
  }) => {
    api.onPublish = () => {
      api.listener?.onStatus('offline');
      return Promise.reject(new Error('connection suspended'));
    };
    await store.dispatch('sending/send', 'hello');
    expect(shown()[0]?.pending?.status).toBe('pending');
    api.onPublish = () => Promise.resolve();
    api.listener?.onStatus('live');
    expect(new Set(api.published.map(({ id }) => id)).size).toBe(1);
    expect(api.published).toHaveLength(2);
  });
});

describe('Send queue, edits', () => {
  test('shows the new text as pending until the edited row comes back', async ({
    chat: { api, store, insert, receive, shown },
  }) => {
    insert(aRow(1, mine));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'better' });
    expect(api.published).toMatchObject([
      { name: 'editedMsg', data: { username: 'Me', content: 'better', msgIdToEdit: 'message-1' } },
    ]);
    expect(shown()).toMatchObject([{ text: 'better', edited: false, pending: { status: 'acknowledged' } }]);

    receive(anUpdate(aRow(1, { ...mine, msg_data: 'better', revision: 2, is_edited: true })));
    expect(shown()).toMatchObject([{ text: 'better', edited: true }]);
    expect(shown()[0]?.pending).toBeUndefined();
  });

  test('shows the newer text when an edit loses against a newer one', async ({
    chat: { store, insert, receive, shown },
  }) => {
    insert(aRow(1, mine));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'mine' });
    const edited_at_timestamp = Date.now() + 60_000;
    receive(anUpdate(aRow(1, { ...mine, msg_data: 'newer', revision: 2, edited_at_timestamp })));
    expect(shown()[0]?.text).toBe('newer');
    receive(anUpdate(aRow(1, { ...mine, msg_data: 'newest', revision: 3 })));
    expect(shown()[0]?.text).toBe('newest');
  });

  test('shows nothing for an edit of a message that is not loaded', async ({ chat: { store, shown } }) => {
    await store.dispatch('sending/edit', { msgId: 'not-loaded', content: 'x' });
    expect(shown()).toEqual([]);
  });
});

describe('Send queue, timers', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('retries when Ably reports a lost connection although the tab is live', async ({
    chat: { api, store, shown },
  }) => {
    let attempts = 0;
    api.onPublish = () => {
      attempts += 1;
      return attempts === 1
        ? Promise.reject(new PublishFailed('connection', { message: 'connection closed' }))
        : Promise.resolve();
    };
    void store.dispatch('sending/send', 'hello');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(shown()[0]?.pending?.status).toBe('acknowledged');
    expect(new Set(api.published.map(({ id }) => id)).size).toBe(1);
  });

  test('publishes a deletion after the undo time, and removes it when the row is deleted', async ({
    chat: { api, store, insert, receive, shown },
  }) => {
    insert(aRow(1, mine));
    void store.dispatch('sending/remove', 'message-1');
    await vi.advanceTimersByTimeAsync(UNDO_TIME * 1_000 - 1);
    expect(api.published).toEqual([]);
    expect(shown()).toMatchObject([{ id: 'message-1', pending: { status: 'undoable' } }]);
    await vi.advanceTimersByTimeAsync(1);
    expect(api.published).toMatchObject([{ name: 'deletedMsg', data: { msgIdToDelete: 'message-1' } }]);
    expect(shown()).toMatchObject([
      { id: 'message-1', pending: { name: 'deletedMsg', status: 'acknowledged' } },
    ]);
    receive(aDelete(aRow(1, mine)));
    expect(shown()).toEqual([]);
    expect(store.state.sending.entries).toEqual([]);
  });

  test('does not publish an undoable deletion after the identity changed', async ({
    chat: { api, store },
  }) => {
    void store.dispatch('sending/remove', 'message-1');
    await store.dispatch('sending/rejectChanges');
    await vi.advanceTimersByTimeAsync(UNDO_TIME * 1_000);
    expect(api.published).toEqual([]);
    expect(store.state.sending.entries).toMatchObject([{ status: 'failed' }]);
  });

  test('explains the changed identity for an edit that had failed before', async ({
    chat: { api, store },
  }) => {
    api.onPublish = () => Promise.reject(new PublishFailed('tooLarge', { message: 'too large' }));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'by the old identity' });
    expect(store.state.sending.entries).toMatchObject([{ reason: strings.refusal.tooLarge }]);
    await store.dispatch('sending/rejectChanges');
    expect(store.state.sending.entries).toMatchObject([{ reason: strings.refusal.anotherPerson }]);
  });

  test('does not publish an edit again that was on its way when the identity changed', async ({
    chat: { api, store },
  }) => {
    api.onPublish = async () => {
      await store.dispatch('sending/rejectChanges');
      throw new PublishFailed('connection', { message: 'the old connection was closed' });
    };
    void store.dispatch('sending/edit', { msgId: 'message-1', content: 'by the old identity' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(api.published).toHaveLength(1);
    expect(store.state.sending.entries).toMatchObject([{ status: 'failed' }]);
  });
});
