import { describe, expect, test, vi } from 'vitest';
import { createChatStore } from '~/store';
import { startChat } from '~/store/bridge';
import { aSession, fakeApi } from '../support/fake-api';

async function started(api = fakeApi()) {
  const store = createChatStore(api, true);
  await startChat(store, api);
  return { api, store };
}

describe('Presence is entered', () => {
  test('when the nickname came before the connection', async () => {
    const { api, store } = await started();
    await store.dispatch('session/join', 'Ann');
    expect(api.entered).toEqual([]);
    api.listener?.onStatus('live');
    expect(api.entered).toEqual([{ name: 'Ann' }]);
  });

  test('when the connection came before the nickname', async () => {
    const { api, store } = await started();
    api.listener?.onStatus('live');
    expect(api.entered).toEqual([]);
    await store.dispatch('session/join', 'Ann');
    expect(api.entered).toEqual([{ name: 'Ann' }]);
  });

  test('again with every new connection', async () => {
    const { api, store } = await started();
    await store.dispatch('session/join', 'Ann');
    for (const status of ['live', 'offline', 'connecting', 'live'] as const) api.listener?.onStatus(status);
    expect(api.entered).toEqual([{ name: 'Ann' }, { name: 'Ann' }]);
  });
});

describe('A tab', () => {
  test('stays the same, joined person over a reload', async () => {
    const first = await started();
    await first.store.dispatch('session/join', 'Ann');
    const reloaded = fakeApi();
    reloaded.kept = first.api.kept;
    const { api, store } = await started(reloaded);
    expect(api.sessionsAsked).toEqual(['credential of me']);
    expect(store.state.session).toMatchObject({ clientId: 'me', nickname: 'Ann' });
  });

  test('does not take up a nickname that is none', async () => {
    const api = fakeApi();
    api.kept.set('nickname', '  ');
    const { store } = await started(api);
    expect(store.state.session.nickname).toBeNull();
  });

  test('uses the first token request once and asks with its identity for the next ones', async () => {
    const { api } = await started();
    await api.options?.requestToken();
    expect(api.sessionsAsked).toEqual([undefined]);
    await api.options?.requestToken();
    await api.options?.requestToken();
    expect(api.sessionsAsked).toEqual([undefined, 'credential of me', 'credential of me']);
  });

  test('says that it is offline while no session is to be had, and connects as soon as there is one', async () => {
    vi.useFakeTimers();
    const api = fakeApi();
    let isDown = true;
    api.startSession = () => (isDown ? Promise.reject(new Error('no answer')) : Promise.resolve(aSession()));
    const store = createChatStore(api, true);
    const running = startChat(store, api);
    await vi.waitFor(() =>
      expect(store.state.connection).toMatchObject({ status: 'offline', reason: 'Error: no answer' }),
    );
    expect(api.listener).toBeUndefined();

    isDown = false;
    window.dispatchEvent(new Event('online'));
    await running;
    expect(api.listener).toBeDefined();
    expect(store.state.connection.status).toBe('connecting');
    vi.useRealTimers();
  });
});
