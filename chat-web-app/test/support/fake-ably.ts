import { vi } from 'vitest';
import { createRealtime } from '~/api/realtime';
import type { RealtimeListener } from '~/api/realtime/types';
import { aSession } from './fake-api';

/**
 * A fake of the part of Ably's library that the page uses, driven by the test. The real library is
 * covered by the browser tests, against the broker.
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

export class FakeChannel extends Emitter {
  state = 'initialized';
  errorReason: { message: string } | null = null;
  subscribe = vi.fn(() => Promise.resolve());
  publish = vi.fn(() => Promise.resolve());
  attach = vi.fn(() => Promise.resolve());
  setOptions = vi.fn(() => Promise.resolve());
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

export class FakeClient {
  static last: FakeClient;
  connection = Object.assign(new Emitter(), {
    state: 'initialized',
    errorReason: null as { code?: number; message: string } | null,
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
  become(state: string, reason?: { code: number; message: string }) {
    this.connection.state = state;
    if (reason) this.connection.errorReason = reason;
    this.connection.emit({ reason });
  }
}

export const listener = {
  onStatus: vi.fn(),
  onRowChange: vi.fn(),
  onAttached: vi.fn(),
  onPresenceChange: vi.fn(),
  onPresenceSnapshot: vi.fn(),
  onOccupancy: vi.fn(),
} satisfies RealtimeListener;

/** An open client with the two channels of the session. */
export async function opened(ably?: { endpoint: string; port: number; tls: boolean }) {
  const { config, tokenRequest } = aSession();
  const realtime = createRealtime();
  const requestToken = vi.fn(() => Promise.resolve(tokenRequest));
  await realtime.open({ clientId: 'me', config: { ...config, ably }, requestToken }, listener);
  const client = FakeClient.last;
  const outgoing = client.channels.get('outgoing-chat');
  const incoming = client.channels.get('[?rewind=2m]incoming-chat');
  return {
    realtime,
    requestToken,
    client,
    outgoing,
    incoming,
    statuses: () => listener.onStatus.mock.calls.map(([status]) => status as string),
  };
}
