import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRealtime } from '~/api/realtime';
import type { RealtimeListener } from '~/api/realtime';
import { aSession } from '../support/fake-api';

/**
 * The library as far as this app uses it, told what happens by the test. What the real one does is seen in the browser
 * tests, against the real broker; here is what this app makes of it.
 */
class Emitter {
  handlers: ((change: unknown) => void)[] = [];
  on = (first: unknown, second?: (change: unknown) => void) => {
    this.handlers.push((second ?? first) as (change: unknown) => void);
  };
  emit(change: unknown = {}) {
    for (const handler of this.handlers) handler(change);
  }
}

class FakeChannel extends Emitter {
  state = 'initialized';
  errorReason: { message: string } | null = null;
  subscribe = vi.fn(() => Promise.resolve());
  publish = vi.fn(() => Promise.resolve());
  attach = vi.fn(() => Promise.resolve());
  presence = {
    subscribe: vi.fn(() => Promise.resolve()),
    get: vi.fn(() => Promise.resolve([] as object[])),
    enter: vi.fn(() => Promise.resolve()),
  };
  become(state: string, change: object = {}) {
    this.state = state;
    this.emit({ resumed: false, ...change });
  }
}

class FakeClient {
  static last: FakeClient;
  connection = Object.assign(new Emitter(), {
    state: 'initialized',
    errorReason: null as { message: string } | null,
  });
  made = new Map<string, FakeChannel>();
  channels = {
    get: (name: string) => {
      const channel = this.made.get(name) ?? new FakeChannel();
      this.made.set(name, channel);
      return channel;
    },
  };
  connect = vi.fn();
  close = vi.fn();
  options: Record<string, unknown>;
  constructor(options: Record<string, unknown>) {
    this.options = options;
    FakeClient.last = this;
  }
  become(state: string) {
    this.connection.state = state;
    this.connection.emit();
  }
}

vi.mock('ably/modular', () => ({
  BaseRealtime: FakeClient,
  FetchRequest: {},
  RealtimePresence: {},
  WebSocketTransport: {},
}));

const heard = {
  onStatus: vi.fn(),
  onRowChange: vi.fn(),
  onAttached: vi.fn(),
  onPresenceChange: vi.fn(),
  onPresenceSnapshot: vi.fn(),
} satisfies RealtimeListener;

async function opened(ably?: { endpoint: string; port: number; tls: boolean }) {
  const { config, tokenRequest } = aSession();
  const realtime = createRealtime();
  const requestToken = vi.fn(() => Promise.resolve(tokenRequest));
  await realtime.open({ clientId: 'me', config: { ...config, ably }, requestToken }, heard);
  const client = FakeClient.last;
  const outgoing = client.channels.get('outgoing-chat');
  const incoming = client.channels.get('[?rewind=2m]incoming-chat');
  return {
    realtime,
    requestToken,
    client,
    outgoing,
    incoming,
    statuses: () => heard.onStatus.mock.calls.map(([status]) => status as string),
  };
}

beforeEach(() => vi.clearAllMocks());
afterEach(() => FakeClient.last.close());

describe('The door to Ably', () => {
  test("goes to Ably's own address, or to the one of the session with every port set", async () => {
    expect((await opened()).client.options).not.toHaveProperty('endpoint');
    expect((await opened({ endpoint: '127.0.0.1', port: 8081, tls: false })).client.options).toMatchObject({
      endpoint: '127.0.0.1',
      port: 8081,
      tlsPort: 8081,
      tls: false,
      disableConnectivityCheck: true,
    });
  });

  test('uses the two channels of the session, the incoming one with a rewind, and no other', async () => {
    expect([...(await opened()).client.made.keys()]).toEqual(['outgoing-chat', '[?rewind=2m]incoming-chat']);
  });

  test('hands over every token that it is asked for, and why there is none', async () => {
    const { client, requestToken } = await opened();
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
      [null, aSession().tokenRequest],
      ['no answer', null],
    ]);
  });

  test('publishes under the id that it was given', async () => {
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
    [40160, 'forbidden'],
    [40142, 'connection'],
    [80003, 'connection'],
    [50000, 'other'],
    [undefined, 'other'],
  ])('tells of a refused publish with code %s that it is %s', async (code, kind) => {
    const { realtime, outgoing } = await opened();
    outgoing.publish.mockRejectedValueOnce(Object.assign(new Error('refused'), { code }));
    await expect(realtime.publish('chatMsg', {}, 'id-1')).rejects.toMatchObject({ kind, message: 'refused' });
  });

  test('hands on id, stamp and data of a row change, and nothing of a client that was replaced', async () => {
    const { realtime, incoming, client } = await opened();
    const [hear] = incoming.subscribe.mock.calls[0] as unknown as [(message: object) => void];
    hear({ id: 'a', timestamp: 1, data: 'row', serial: 'x' });
    expect(heard.onRowChange).toHaveBeenCalledWith({ id: 'a', timestamp: 1, data: 'row' });

    const { config, tokenRequest } = aSession('another');
    const requestToken = () => Promise.resolve(tokenRequest);
    await realtime.open({ clientId: 'another', config, requestToken }, heard);
    expect(client.close).toHaveBeenCalledOnce();
    heard.onRowChange.mockClear();
    heard.onStatus.mockClear();
    hear({ id: 'b', timestamp: 2, data: 'row' });
    client.become('closed');
    expect(heard.onRowChange).not.toHaveBeenCalled();
    expect(heard.onStatus).not.toHaveBeenCalled();
  });

  test('is live only when it is connected and attached to both channels', async () => {
    const { client, outgoing, incoming, statuses } = await opened();
    client.become('connected');
    outgoing.become('attached');
    expect(statuses()).toEqual(['connecting']);
    incoming.become('attached');
    expect(statuses()).toEqual(['connecting', 'live']);
    client.become('disconnected');
    client.become('suspended');
    client.become('connecting');
    expect(statuses()).toEqual(['connecting', 'live', 'offline', 'connecting']);
  });

  test('has failed, with the reason, when a channel is refused', async () => {
    const { client, incoming } = await opened();
    client.become('connected');
    incoming.errorReason = { message: 'capability denied' };
    incoming.become('failed');
    expect(heard.onStatus).toHaveBeenLastCalledWith('failed', 'capability denied');
  });

  test('tells of every attachment of the incoming channel whether something may be missing', async () => {
    const { incoming } = await opened();
    incoming.become('attached');
    incoming.become('attached', { resumed: true });
    incoming.become('attached', { resumed: false, reason: { code: 90004 } });
    expect(heard.onAttached.mock.calls).toEqual([
      [{ resumed: false, truncated: false }],
      [{ resumed: true, truncated: false }],
      [{ resumed: false, truncated: true }],
    ]);
  });

  test('gives the whole member list after an attachment', async () => {
    const { outgoing } = await opened();
    outgoing.presence.get.mockResolvedValueOnce([
      { action: 'present', clientId: 'ann', connectionId: '1', data: { name: 'Ann' } },
    ]);
    outgoing.become('attached');
    await vi.waitFor(() =>
      expect(heard.onPresenceSnapshot).toHaveBeenCalledWith([
        { kind: 'present', clientId: 'ann', connectionId: '1', data: { name: 'Ann' } },
      ]),
    );
  });

  test('says goodbye when the page is left and comes back with it', async () => {
    const { client, outgoing, incoming } = await opened();
    window.dispatchEvent(new Event('pagehide'));
    expect(client.close).toHaveBeenCalledOnce();
    client.connect.mockClear();
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    expect(client.connect).toHaveBeenCalledOnce();
    expect(outgoing.attach).toHaveBeenCalledOnce();
    expect(incoming.attach).toHaveBeenCalledOnce();
  });
});
