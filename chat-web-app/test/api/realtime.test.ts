import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRealtime } from '~/api/realtime';
import { FakeClient, listener, opened } from '../support/fake-ably';
import { aSession } from '../support/fake-api';

vi.mock('ably/modular', () => ({
  BaseRealtime: FakeClient,
  FetchRequest: {},
  RealtimePresence: {},
  WebSocketTransport: {},
}));

beforeEach(() => vi.clearAllMocks());
afterEach(() => FakeClient.last.close());

describe('The realtime client', () => {
  test("connects to Ably's default address, or to the session's address with every port set", async () => {
    expect((await opened()).client.options).not.toHaveProperty('endpoint');
    expect((await opened({ endpoint: '127.0.0.1', port: 8081, tls: false })).client.options).toMatchObject({
      endpoint: '127.0.0.1',
      port: 8081,
      tlsPort: 8081,
      tls: false,
      disableConnectivityCheck: true,
    });
  });

  test('uses only the two channels of the session, the incoming one with a rewind', async () => {
    expect([...(await opened()).client.made.keys()]).toEqual(['outgoing-chat', '[?rewind=2m]incoming-chat']);
  });

  test('reports and publishes nothing once it is closed', async () => {
    const { realtime, client, statuses } = await opened();
    realtime.close();
    expect(client.close).toHaveBeenCalledOnce();
    client.become('connected');
    expect(statuses()).toEqual([]);
    await expect(realtime.publish('chatMsg', {}, 'id')).rejects.toThrow('not open');
  });

  test('does not connect when it is closed while it opens', async () => {
    const { config, tokenRequest } = aSession();
    const realtime = createRealtime();
    const requestToken = () => Promise.resolve(tokenRequest);
    const opening = realtime.open({ clientId: 'me', config, requestToken }, listener);
    realtime.close();
    await opening;
    expect(FakeClient.last.connect).not.toHaveBeenCalled();
  });

  test('passes on each token request, and the reason when there is none', async () => {
    const { client, requestToken } = await opened();
    const { tokenRequest } = aSession();
    requestToken.mockResolvedValueOnce(tokenRequest);
    const authCallback = client.options.authCallback as (
      params: object,
      callback: (...args: unknown[]) => void,
    ) => void;
    const answered = vi.fn();
    authCallback({}, answered);
    requestToken.mockRejectedValueOnce(new Error('no answer'));
    authCallback({}, answered);
    await vi.waitFor(() => expect(answered).toHaveBeenCalledTimes(2));
    expect(answered.mock.calls).toEqual([
      [null, tokenRequest],
      ['no answer', null],
    ]);
  });

  test('publishes a message under its id', async () => {
    const { realtime, outgoing } = await opened();
    await realtime.publish('chatMsg', { username: 'Me', content: 'hi' }, 'id-1');
    expect(outgoing.publish).toHaveBeenCalledWith({
      id: 'id-1',
      name: 'chatMsg',
      data: { username: 'Me', content: 'hi' },
    });
  });

  test.each([
    [40009, 'tooLarge'],
    [42910, 'rateLimited'],
    [42911, 'rateLimited'],
    [42913, 'rateLimited'],
    [42914, 'rateLimited'],
    [42917, 'rateLimited'],
    [40160, 'forbidden'],
    [40142, 'connection'],
    [80003, 'connection'],
    [50000, 'other'],
    [undefined, 'other'],
  ])('maps a publish that Ably rejects with code %s to the kind %s', async (code, kind) => {
    const { realtime, outgoing } = await opened();
    outgoing.publish.mockRejectedValueOnce(Object.assign(new Error('rejected'), { code }));
    await expect(realtime.publish('chatMsg', {}, 'id-1')).rejects.toMatchObject({
      kind,
      message: 'rejected',
    });
  });

  test('passes on id, timestamp and data of a row change, and ignores a replaced client', async () => {
    const { realtime, incoming, client } = await opened();
    const [receive] = incoming.subscribe.mock.calls[0] as unknown as [(message: object) => void];
    receive({ id: 'a', timestamp: 1, data: 'row', serial: 'x' });
    expect(listener.onRowChange).toHaveBeenCalledWith({ id: 'a', timestamp: 1, data: 'row' });

    const { config, tokenRequest } = aSession('another');
    const requestToken = () => Promise.resolve(tokenRequest);
    await realtime.open({ clientId: 'another', config, requestToken }, listener);
    expect(client.close).toHaveBeenCalledOnce();
    listener.onRowChange.mockClear();
    listener.onStatus.mockClear();
    receive({ id: 'b', timestamp: 2, data: 'row' });
    client.become('closed');
    expect(listener.onRowChange).not.toHaveBeenCalled();
    expect(listener.onStatus).not.toHaveBeenCalled();
  });

  test('is live only while connected and attached to the incoming channel', async () => {
    const { client, incoming, statuses } = await opened();
    client.become('connected');
    expect(statuses()).toEqual(['connecting']);
    incoming.become('attached');
    expect(statuses()).toEqual(['connecting', 'live']);
    client.become('disconnected');
    client.become('suspended');
    client.become('connecting');
    expect(statuses()).toEqual(['connecting', 'live', 'offline', 'connecting']);
  });

  test('fails, with the reason, when a channel is rejected', async () => {
    const { client, incoming } = await opened();
    client.become('connected');
    incoming.errorReason = { message: 'capability denied' };
    incoming.become('failed');
    expect(listener.onStatus).toHaveBeenLastCalledWith('failed', 'capability denied');
  });

  test.each([
    ['attaches again after a message that cannot be decoded', 40019, 1],
    ['stays failed without the right to read', 40160, 0],
  ])('%s', async (_what, code, attempts) => {
    vi.useFakeTimers();
    const { client, incoming, statuses } = await opened();
    client.become('connected');
    incoming.become('failed', { reason: { code } });
    expect(statuses().at(-1)).toBe('failed');
    vi.advanceTimersByTime(60_000);
    expect(incoming.attach).toHaveBeenCalledTimes(attempts);
    vi.useRealTimers();
  });

  test.each([
    ['connects again, offline meanwhile, when a limit refused the connection', 40111, 'offline', 1],
    ['connects again, offline meanwhile, when a limit closed the connection', 42924, 'offline', 1],
    ['stays failed when Ably refuses the credentials', 40101, 'failed', 0],
  ])('%s', async (_what, code, status, attempts) => {
    vi.useFakeTimers();
    const { client, incoming, statuses } = await opened();
    client.connect.mockClear();
    client.become('failed', { code, message: 'refused' });
    incoming.become('failed');
    expect(statuses().at(-1)).toBe(status);
    vi.advanceTimersByTime(60_000);
    expect(client.connect).toHaveBeenCalledTimes(attempts);
    expect(incoming.attach).toHaveBeenCalledTimes(attempts);
    vi.useRealTimers();
  });

  test('reports for every attachment of the incoming channel whether messages may be missing', async () => {
    const { incoming } = await opened();
    incoming.become('attached');
    incoming.become('attached', { resumed: true });
    incoming.become('attached', { resumed: false, reason: { code: 90004 } });
    expect(listener.onAttached.mock.calls).toEqual([
      [{ resumed: false, truncated: false }],
      [{ resumed: true, truncated: false }],
      [{ resumed: false, truncated: true }],
    ]);
  });

  test('reports the whole presence set after an attachment', async () => {
    const { incoming } = await opened();
    incoming.presence.get.mockResolvedValueOnce([
      { action: 'present', clientId: 'ann', connectionId: '1', data: { name: 'Ann' } },
    ]);
    incoming.become('attached');
    await vi.waitFor(() =>
      expect(listener.onPresenceSnapshot).toHaveBeenCalledWith([
        { kind: 'present', clientId: 'ann', connectionId: '1', data: { name: 'Ann' } },
      ]),
    );
  });

  test('closes when the page is left, and reconnects when it is restored', async () => {
    const { client, incoming } = await opened();
    window.dispatchEvent(new Event('pagehide'));
    expect(client.close).toHaveBeenCalledOnce();
    client.connect.mockClear();
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    expect(client.connect).toHaveBeenCalledOnce();
    expect(incoming.attach).toHaveBeenCalledOnce();
  });

  test('never attaches to the outgoing channel, also to publish', async () => {
    const { realtime, outgoing } = await opened();
    await realtime.publish('chatMsg', { username: 'Me', content: 'hi' }, 'id-1');
    await realtime.enterPresence({ name: 'Me' });
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    for (const attaching of [outgoing.attach, outgoing.subscribe, outgoing.presence.enter])
      expect(attaching).not.toHaveBeenCalled();
  });
});
