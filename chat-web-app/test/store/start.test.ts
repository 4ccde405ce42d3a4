import { describe, expect, test as base, vi } from 'vitest';
import { createChatStore } from '~/store';
import { connect } from '~/store/connection/connect';
import { startChat } from '~/store/start';
import { aSession, fakeApi } from '../support/fake-api';

async function started(api = fakeApi()) {
  const store = createChatStore(api, true);
  await startChat(store, api);
  return { api, store };
}

/** A started store that has neither joined nor connected. */
const test = base.extend('chat', () => started());

describe('Presence', () => {
  test('is entered when the nickname comes before the connection', async ({ chat: { api, store } }) => {
    await store.dispatch('session/join', 'Ann');
    expect(api.entered).toEqual([]);
    api.listener?.onStatus('live');
    expect(api.entered).toEqual([{ name: 'Ann', typing: false }]);
  });

  test('is entered when the connection comes before the nickname', async ({ chat: { api, store } }) => {
    api.listener?.onStatus('live');
    expect(api.entered).toEqual([]);
    await store.dispatch('session/join', 'Ann');
    expect(api.entered).toEqual([{ name: 'Ann', typing: false }]);
  });

  test('is entered again with every new connection', async ({ chat: { api, store } }) => {
    await store.dispatch('session/join', 'Ann');
    for (const status of ['live', 'offline', 'connecting', 'live'] as const) api.listener?.onStatus(status);
    expect(api.entered).toEqual([
      { name: 'Ann', typing: false },
      { name: 'Ann', typing: false },
    ]);
  });
});

describe('A tab', () => {
  test('keeps its identity and nickname over a reload', async ({ chat: first }) => {
    await first.store.dispatch('session/join', 'Ann');
    const { api, store } = await started(Object.assign(fakeApi(), { stored: first.api.stored }));
    expect(api.sessionRequests).toEqual(['credential of me']);
    expect(store.state.session).toMatchObject({ clientId: 'me', nickname: 'Ann' });
  });

  test('does not restore an invalid nickname', async () => {
    const api = fakeApi();
    api.stored.set('nickname', '  ');
    const { store } = await started(api);
    expect(store.state.session.nickname).toBeNull();
  });

  test('uses the first token request once, and its identity for later ones', async ({ chat: { api } }) => {
    await api.options?.requestToken();
    expect(api.sessionRequests).toEqual([undefined]);
    await api.options?.requestToken();
    await api.options?.requestToken();
    expect(api.sessionRequests).toEqual([undefined, 'credential of me', 'credential of me']);
  });

  test('shows that it is offline while no session can be started, and connects when one can', async () => {
    vi.useFakeTimers();
    const api = fakeApi();
    let isDown = true;
    api.startSession = () => (isDown ? Promise.reject(new Error('no answer')) : Promise.resolve(aSession()));
    const store = createChatStore(api, true);
    const starting = startChat(store, api);
    await vi.waitFor(() =>
      expect(store.state.connection).toMatchObject({ status: 'offline', reason: 'Error: no answer' }),
    );
    expect(api.listener).toBeUndefined();

    isDown = false;
    window.dispatchEvent(new Event('online'));
    await starting;
    expect(api.listener).toBeDefined();
    expect(store.state.connection.status).toBe('connecting');
    vi.useRealTimers();
  });

  test('with an expired credential reconnects with a new identity, sends messages and fails changes', async () => {
    const api = fakeApi();
    let clientId = 'me';
    api.startSession = () => Promise.resolve(aSession(clientId));
    const { store } = await started(api);
    await store.dispatch('session/join', 'Ann');
    await store.dispatch('sending/send', 'pending');
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'by the old identity' });
    const opened = api.options;
    clientId = 'new identity';

    await opened?.requestToken();
    await expect(opened?.requestToken()).rejects.toThrow('credential has expired');
    await vi.waitFor(() => expect(api.options?.clientId).toBe('new identity'));
    expect(api.options).not.toBe(opened);
    expect(store.state.session.clientId).toBe('new identity');
    expect(store.state.sending.entries.map(({ status }) => status)).toEqual(['pending', 'failed']);

    api.listener?.onStatus('live');
    await vi.waitFor(() => expect(api.published).toMatchObject([{ data: { content: 'pending' } }]));
  });

  test('can reconnect after its connection failed permanently', async ({ chat: { api, store } }) => {
    api.listener?.onStatus('failed', 'the key was revoked');
    const before = api.options;
    await connect(store, api);
    expect(api.options).not.toBe(before);
    expect(store.state.connection.status).toBe('connecting');
    expect(await api.options?.requestToken()).toMatchObject({ clientId: 'me' });
  });
});
