import { flushPromises } from '@vue/test-utils';
import { describe, expect, test as base } from 'vitest';
import { createApp } from 'vue';
import { PublishFailed } from '~/api/publish-failure';
import { storeKey } from '~/store/key';
import type { SendEntry } from '~/store/sending/entry';
import { usePending } from '~/store/sending/usePending';
import { strings } from '~/strings';
import { aRow } from '../support/a-row';
import { startedStore } from '../support/started-store';

/** A tab with an own message, and what it shows of the last entry of its send queue. */
const test = base.extend('chat', async () => {
  const chat = await startedStore();
  chat.insert(aRow(1, { client_id: 'me', username: 'Me', msg_data: 'my words' }));
  const last = () => chat.store.state.sending.entries.at(-1) as SendEntry;
  const pending = createApp({})
    .provide(storeKey, chat.store)
    .runWithContext(() => usePending(last));
  return { ...chat, pending, last };
});

const ACTIONS = {
  chatMsg: ['sending/send', 'hello'],
  editedMsg: ['sending/edit', { msgId: 'message-1', content: 'better' }],
  deletedMsg: ['sending/remove', 'message-1'],
} as const;

describe('An action of a person', () => {
  test('that waits for the connection says what will happen, and can be withdrawn', async ({
    chat: { api, store, pending, last },
  }) => {
    api.listener?.onStatus('offline');
    void store.dispatch('sending/edit', { msgId: 'message-1', content: 'better' });
    expect(pending.text.value).toBe(strings.pending.editedMsg.offline);
    expect(pending.isWithdrawable.value).toBe(true);
    pending.remove();
    expect(last()).toBeUndefined();
    api.listener?.onStatus('live');
    await flushPromises();
    expect(api.published).toEqual([]);
  });

  test('whose publish was interrupted cannot be withdrawn: it may have arrived', async ({
    chat: { api, store, pending, last },
  }) => {
    api.onPublish = () => {
      api.listener?.onStatus('offline');
      return Promise.reject(new PublishFailed('connection', { message: 'lost' }));
    };
    await store.dispatch('sending/send', 'hello');
    expect(last()).toMatchObject({ status: 'pending' });
    expect(pending.isWithdrawable.value).toBe(false);
  });

  test.for(['chatMsg', 'editedMsg'] as const)('names each state of a %s', async (name, { chat }) => {
    const { api, store, pending } = chat;
    let answer: (error?: Error) => void = () => undefined;
    api.onPublish = () =>
      new Promise((resolve, reject) => {
        answer = (error) => (error ? reject(error) : resolve());
      });
    const [path, payload] = ACTIONS[name];
    void store.dispatch(path as 'sending/send', payload as string);
    expect(pending.text.value).toBe(strings.pending[name].publishing);
    answer();
    await flushPromises();
    expect(pending.text.value).toBe(strings.pending[name].acknowledged);
    const id = store.state.sending.entries[0]?.id ?? '';
    void store.dispatch('sending/repeat', [id]);
    expect(pending.text.value).toBe(strings.pending[name].again);
    answer();
    await flushPromises();
    expect(pending.text.value).toBe(strings.pending[name].acknowledgedAgain);
    store.commit('sending/advanced', { id, event: 'expire' });
    expect(pending.text.value).toBe(strings.pending[name].overdue);
    void store.dispatch('sending/retry', id);
    answer(new PublishFailed('rateLimited', { message: 'too many' }));
    await flushPromises();
    expect(pending.text.value).toBe(strings.pending.busy);
  });

  test('that was rejected can be edited again', async ({ chat: { api, store, pending, last } }) => {
    api.onPublish = () => Promise.reject(new PublishFailed('tooLarge', { message: 'too large' }));
    store.commit('drafts/composerTyped', 'next thought');
    await store.dispatch('sending/send', 'hello');
    expect(pending.text.value).toBe(`${strings.pending.chatMsg.failed}: ${strings.refusal.tooLarge}`);
    pending.editAgain();
    expect(store.state.drafts.composer).toBe('next thought\nhello');
    expect(last()).toBeUndefined();

    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'better' });
    pending.editAgain();
    expect(store.state.drafts).toMatchObject({
      edits: [{ msgId: 'message-1', text: 'better', base: 'my words' }],
      open: 'message-1',
    });
    expect(last()).toBeUndefined();
  });
});
