import { describe, expect } from 'vitest';
import { strings } from '~/strings';
import { aRow } from '../support/a-row';
import { aSession } from '../support/fake-api';
import { test } from '../support/started-store';

const mine = { client_id: 'me', username: 'Me' };

describe('The send queue', () => {
  test('keeps a message whose id another author has used, and sends it under a new id', async ({
    chat: { api, store, insert, shown },
  }) => {
    await store.dispatch('sending/send', 'hello');
    const taken = api.published[0]?.id ?? '';
    insert(aRow(1, { client_id: 'eve', msg_id: taken, msg_data: 'words of Eve' }));
    expect(shown()).toMatchObject([
      { text: 'words of Eve', mine: false },
      { text: 'hello', mine: true },
    ]);
    const [, kept] = shown();
    expect(kept?.pending).toMatchObject({ status: 'failed', reason: strings.refusal.idTaken });

    await store.dispatch('sending/retry', kept?.id ?? '');
    expect(api.published[1]).toMatchObject({ data: { content: 'hello' } });
    expect(api.published[1]?.id).not.toBe(taken);
    insert(aRow(2, { ...mine, msg_id: kept?.id ?? '', msg_data: 'hello' }));
    expect(store.state.sending.entries).toEqual([]);
  });

  test('redirects queued edits and the deletion of a message whose id is replaced', async ({
    chat: { api, store, insert },
  }) => {
    await store.dispatch('sending/send', 'hello');
    const taken = api.published[0]?.id ?? '';
    api.listener?.onStatus('offline');
    await store.dispatch('sending/edit', { msgId: taken, content: 'hello again' });
    void store.dispatch('sending/remove', taken);
    insert(aRow(1, { client_id: 'eve', msg_id: taken, msg_data: 'words of Eve' }));
    const [message, edit, deletion] = store.state.sending.entries;
    expect(message?.id).not.toBe(taken);
    expect(edit?.data).toMatchObject({ msgIdToEdit: message?.id });
    expect(deletion?.data).toMatchObject({ msgIdToDelete: message?.id });
  });

  test('does not take the same words of another author for its own message', async ({
    chat: { api, store, insert },
  }) => {
    await store.dispatch('sending/send', 'hello');
    insert(aRow(1, { client_id: 'eve', msg_id: api.published[0]?.id ?? '', msg_data: 'hello' }));
    expect(store.state.sending.entries).toMatchObject([{ status: 'failed' }]);
  });

  test('removes a message that this tab sent under an identity that has expired', async ({
    chat: { api, store, insert },
  }) => {
    await store.dispatch('sending/send', 'hello');
    store.commit('session/started', { clientId: 'me again', config: aSession().config });
    insert(aRow(1, { ...mine, msg_id: api.published[0]?.id ?? '', msg_data: 'hello' }));
    expect(store.state.sending.entries).toEqual([]);
  });
});
