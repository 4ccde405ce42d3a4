import { describe, expect, vi } from 'vitest';
import { aDelete, anInsert, aRow } from '../support/a-row';
import { fakeApi, historyOf } from '../support/fake-api';
import { startedStore, test } from '../support/started-store';

/** A chat of so many messages, of which the page has loaded the newest fifty. */
async function longChat(count: number) {
  const rows = Array.from({ length: count }, (_, index) => aRow(index + 1));
  const api = Object.assign(fakeApi(), { history: historyOf(() => rows) });
  api.versions = (id) => {
    const row = rows.find(({ msg_id }) => msg_id === id);
    if (!row) return Promise.resolve(null);
    return Promise.resolve({
      versions: [{ revision: 1, content: row.msg_data, at: 1, source: 'chat' as const }],
      complete: true,
    });
  };
  const chat = await startedStore(api);
  const target = () => chat.store.state.messages.target;
  return { ...chat, target, show: (id: string) => chat.store.dispatch('messages/show', id) };
}

describe('Showing a message', () => {
  test('of the list needs no request', async () => {
    const { show, target, api } = await longChat(50);
    await show('message-30');
    expect(target()).toMatchObject({ msgId: 'message-30', status: 'found' });
    expect(api.versionsRequests).toEqual([]);
    expect(api.historyRequests).toHaveLength(1);
  });

  test('that is older reads pages until the list contains it, without a gap', async () => {
    const { show, target, api, shown } = await longChat(400);
    const done = show('message-120');
    expect(target()?.status).toBe('searching');
    await done;
    expect(target()).toMatchObject({ msgId: 'message-120', status: 'found' });
    expect(api.historyRequests.map(({ limit }) => limit)).toEqual([50, 100, 100, 100]);
    expect(shown().map((message) => message?.id)).toEqual(
      Array.from({ length: 350 }, (_, index) => `message-${index + 51}`),
    );
  });

  test('waits for reads that others begin meanwhile', async () => {
    const { show, target, store, api } = await longChat(400);
    const { history } = api;
    let answer = (): void => undefined;
    const gate = new Promise<void>((resolve) => (answer = resolve));
    api.history = (request) => gate.then(() => history(request));
    void store.dispatch('messages/catchUp');
    const done = show('message-120');
    await vi.dynamicImportSettled();
    expect(target()?.status).toBe('searching');
    answer();
    await done;
    expect(target()?.status).toBe('found');
  });

  test('that does not exist, or was deleted, says so without reading the history', async () => {
    const { show, target, api, receive } = await longChat(400);
    await show('never-written');
    expect(target()).toMatchObject({ msgId: 'never-written', status: 'gone' });
    receive(anInsert(aRow(401)));
    receive(aDelete(aRow(401)));
    await show('message-401');
    expect(target()?.status).toBe('gone');
    expect(api.versionsRequests).toEqual(['never-written']);
    expect(api.historyRequests).toHaveLength(1);
  });

  test('ends after twenty pages', async () => {
    const { show, target, api } = await longChat(2_200);
    await show('message-1');
    expect(target()?.status).toBe('tooFar');
    expect(api.historyRequests).toHaveLength(21);
    await show('message-1');
    expect(target()?.status).toBe('found');
  });

  test('goes on when it is not known whether the message exists', async () => {
    vi.spyOn(console, 'info').mockReturnValue();
    const { show, target, api } = await longChat(100);
    api.versions = () => Promise.reject(new Error('no such function'));
    await show('message-1');
    expect(target()?.status).toBe('found');
    await show('message-0');
    expect(target()?.status).toBe('gone');
  });

  test('reports that the history cannot be read', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const { show, target, api } = await longChat(200);
    api.history = () => Promise.reject(new Error('no answer'));
    await show('message-1');
    expect(target()).toMatchObject({ msgId: 'message-1', status: 'failed' });
  });

  test('goes on when another read begins as one of its own ends, whichever turn that is', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      const { show, target, api, store } = await longChat(400);
      const answer = api.history;
      let meanwhile: Promise<void> | undefined;
      api.history = async (request) => {
        const page = await answer(request);
        void (async () => {
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          meanwhile ??= store.dispatch('messages/catchUp');
        })();
        return page;
      };
      await show('message-1');
      expect(target()?.status).toBe('found');
      await meanwhile;
    }
  });

  test('ends when the reader wants to see another one, or none any more', async () => {
    const { show, target, api, store } = await longChat(400);
    const first = show('message-1');
    await show('message-399');
    await first;
    expect(target()).toMatchObject({ msgId: 'message-399', status: 'found' });
    const second = show('message-1');
    store.commit('messages/targeted', null);
    await second;
    expect(target()).toBeNull();
    // Without the first page, at most the one that was being read.
    expect(api.historyRequests.length - 1).toBeLessThanOrEqual(1);
  });
});
