import { describe, expect, test, vi } from 'vitest';
import { createChatStore } from '~/store';
import { connect } from '~/store/connection/connect';
import { startChat } from '~/store/start';
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
    expect(api.entered).toEqual([{ name: 'Ann', typing: false }]);
  });

  test('when the connection came before the nickname', async () => {
    const { api, store } = await started();
    api.listener?.onStatus('live');
    expect(api.entered).toEqual([]);
    await store.dispatch('session/join', 'Ann');
    expect(api.entered).toEqual([{ name: 'Ann', typing: false }]);
  });

  test('again with every new connection', async () => {
    const { api, store } = await started();
    await store.dispatch('session/join', 'Ann');
    for (const status of ['live', 'offline', 'connecting', 'live'] as const) api.listener?.onStatus(status);
    expect(api.entered).toEqual([
      { name: 'Ann', typing: false },
      { name: 'Ann', typing: false },
    ]);
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

  test('whose credential ran out goes on as a new person: another connection, new messages sent, old changes not', async () => {
    const api = fakeApi();
    let clientId = 'me';
    api.startSession = () => Promise.resolve(aSession(clientId));
    const { store } = await started(api);
    await store.dispatch('session/join', 'Ann');
    await store.dispatch('sending/send', 'waits');
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'by the old person' });
    const opened = api.options;
    clientId = 'somebody new';

    await opened?.requestToken();
    await expect(opened?.requestToken()).rejects.toThrow('credential has expired');
    await vi.waitFor(() => expect(api.options?.clientId).toBe('somebody new'));
    expect(api.options).not.toBe(opened);
    expect(store.state.session.clientId).toBe('somebody new');
    expect(store.state.sending.entries.map(({ status }) => status)).toEqual(['pending', 'failed']);

    api.listener?.onStatus('live');
    await vi.waitFor(() => expect(api.published).toMatchObject([{ data: { content: 'waits' } }]));
  });

  test('whose connection failed for good can be connected again', async () => {
    const { api, store } = await started();
    api.listener?.onStatus('failed', 'the key was revoked');
    const before = api.options;
    await connect(store, api);
    expect(api.options).not.toBe(before);
    expect(store.state.connection.status).toBe('connecting');
    expect(await api.options?.requestToken()).toMatchObject({ clientId: 'me' });
  });
});
