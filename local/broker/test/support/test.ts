import * as Ably from 'ably';
import { once } from 'node:events';
import { test as base } from 'vitest';
import WebSocket from 'ws';
import { startBroker, type Broker, type BrokerOptions } from '../../src/index.ts';
import { Action } from '../../src/protocol/actions.ts';
import { KEY, withCredentials, type Endpoint, type WireFormat } from './helpers.ts';
import { RawClient, type Frame } from './raw-client.ts';
import { Relay } from './relay.ts';

type StartBroker = (options?: Partial<BrokerOptions>) => Promise<Broker>;
type OpenRealtime = (at: Endpoint, options?: Ably.ClientOptions, format?: WireFormat) => Ably.Realtime;
type OpenRaw = (at: Endpoint, params?: Record<string, string>, format?: WireFormat) => Promise<RawClient>;
type Connect = (...args: Parameters<OpenRaw>) => Promise<{ client: RawClient; connected: Frame }>;
type OpenRelay = (to: Endpoint) => Promise<Relay>;

/** Fixtures: brokers and their clients. All of them are closed after the test, the newest first. */
export const test = base
  .extend('startBroker', ({ onTestFinished }): StartBroker => async (options = {}) => {
    const broker = await startBroker({
      keys: [KEY],
      log: (level, event, details) => {
        if (level === 'error') console.error(event, details);
      },
      ...options,
    });
    onTestFinished(() => broker.close());
    return broker;
  })
  .extend('broker', ({ startBroker }) => startBroker())
  // An unmodified official client.
  .extend('realtimeClient', ({ onTestFinished }): OpenRealtime => (at, options = {}, format) => {
    const client = new Ably.Realtime(withCredentials(at, options, format));
    onTestFinished(() => client.close());
    return client;
  })
  // A client that sends single frames. It does not wait for CONNECTED.
  .extend('rawClient', ({ onTestFinished }): OpenRaw => async (at, params = {}, format = 'json') => {
    const query = new URLSearchParams({ format, v: '6', ...params });
    if (!query.has('key') && !query.has('access_token')) query.set('key', KEY);
    const socket = new WebSocket(`ws://127.0.0.1:${at.port}/?${query}`);
    const client = new RawClient(socket, format);
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    return client;
  })
  // The same, after CONNECTED.
  .extend('connect', ({ rawClient }): Connect => async (...args) => {
    const client = await rawClient(...args);
    return { client, connected: await client.next(Action.CONNECTED) };
  })
  .extend('relayTo', ({ onTestFinished }): OpenRelay => async ({ port }) => {
    const relay = await new Relay(port).listen();
    onTestFinished(() => relay.close());
    return relay;
  });
