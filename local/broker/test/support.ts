import { decode, encode } from '@msgpack/msgpack';
import * as Ably from 'ably';
import { once } from 'node:events';
import { afterEach } from 'vitest';
import WebSocket from 'ws';
import { startBroker, type Broker, type BrokerOptions } from '../src/index.ts';
import { Relay } from './relay.ts';

export const KEY = 'app1.key1:not-a-secret';
export const FORMATS = ['json', 'msgpack'] as const;
export type WireFormat = (typeof FORMATS)[number];

const cleanUps: (() => unknown)[] = [];

/** Whoever starts a thing closes it: everything that these helpers start ends with its test, newest first. */
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export async function aBroker(options: Partial<BrokerOptions> = {}): Promise<Broker> {
  const broker = await startBroker({
    keys: [KEY],
    log: (level, event, details) => {
      if (level === 'error') console.error(event, details);
    },
    ...options,
  });
  cleanUps.push(() => broker.close());
  return broker;
}

interface Endpoint {
  port: number;
}

export function clientOptions({ port }: Endpoint, format: WireFormat = 'json'): Ably.ClientOptions {
  const useBinaryProtocol = format === 'msgpack';
  return { key: KEY, endpoint: '127.0.0.1', port, tls: false, useBinaryProtocol, logLevel: 0 };
}

/** The official client, unmodified. */
export function aRealtime(
  at: Endpoint,
  options: Ably.ClientOptions = {},
  format?: WireFormat,
): Ably.Realtime {
  const { key, ...rest } = clientOptions(at, format);
  const hasOtherCredentials = ['token', 'tokenDetails', 'authCallback'].some((name) => name in options);
  const client = new Ably.Realtime({
    ...rest,
    ...(!hasOtherCredentials && { key }),
    ...options,
  } as Ably.ClientOptions);
  cleanUps.push(() => client.close());
  return client;
}

export function aRest(at: Endpoint, options: Ably.ClientOptions = {}, format?: WireFormat): Ably.Rest {
  const { key, ...rest } = clientOptions(at, format);
  const hasOtherCredentials = ['token', 'tokenDetails', 'authCallback'].some((name) => name in options);
  return new Ably.Rest({ ...rest, ...(!hasOtherCredentials && { key }), ...options } as Ably.ClientOptions);
}

/** A frame as received. Tests look at single fields, so that each says which. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- frames are examined field by field, as any client would
export type Frame = Record<string, any>;

/** A client that speaks single frames, for what the official one never does or never shows. */
export class RawClient {
  readonly received: Frame[] = [];
  closeCode: number | undefined;

  /** Of the WebSocket, not frames. */
  pings = 0;
  readonly #socket: WebSocket;
  readonly #format: WireFormat;
  readonly #waiting = new Set<() => void>();

  constructor(socket: WebSocket, format: WireFormat) {
    this.#socket = socket;
    this.#format = format;
    socket.on('message', (data: Buffer, isBinary) => {
      this.received.push((isBinary ? decode(data) : JSON.parse(data.toString())) as Frame);
      this.#wake();
    });
    socket.on('ping', () => (this.pings += 1));
    socket.on('close', (code) => {
      this.closeCode = code;
      this.#wake();
    });
    socket.on('error', () => undefined); // seen as a close
  }

  /** The first frame, received or yet to come, that fits; it is taken out. */
  next(action: number, fits: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return this.nextOf([action], fits);
  }

  /** The same, of any of these actions. */
  async nextOf(actions: number[], fits: (frame: Frame) => boolean = () => true): Promise<Frame> {
    for (;;) {
      const index = this.received.findIndex(
        (frame) => actions.includes(frame.action as number) && fits(frame),
      );
      const [frame] = index === -1 ? [] : this.received.splice(index, 1);
      if (frame) return frame;
      if (this.closeCode !== undefined)
        throw new Error(`Closed (${this.closeCode}) before action ${actions.join(' or ')} came`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async closed(): Promise<void> {
    while (this.closeCode === undefined) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  send(frame: Frame): void {
    this.#socket.send(
      this.#format === 'msgpack' ? encode(frame, { ignoreUndefined: true }) : JSON.stringify(frame),
    );
  }

  /** A string goes as a text frame, bytes as a binary one unless it is said otherwise. */
  sendRaw(data: string | Buffer, binary = typeof data !== 'string'): void {
    this.#socket.send(data, { binary });
  }

  /** A ping there and back: whatever the broker had to say to earlier frames has arrived. */
  async settled(): Promise<void> {
    const id = `ping-${Math.random()}`;
    this.send({ action: 0, id });
    await this.next(0, (frame) => frame.id === id);
  }

  /** Attaches and returns the ATTACHED. */
  async attach(channel: string, fields: Frame = {}): Promise<Frame> {
    this.send({ action: 10, channel, ...fields });
    return this.next(11, (frame) => frame.channel === channel);
  }

  /** Reads nothing more and answers no ping, though the connection stays open. */
  freeze(): void {
    this.#socket.pause();
  }

  thaw(): void {
    this.#socket.resume();
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#socket.terminate();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** Opens a raw connection; does not wait for CONNECTED. */
export async function aRawClient(
  { port }: Endpoint,
  params: Record<string, string> = {},
  format: WireFormat = 'json',
): Promise<RawClient> {
  const hasCredentials = 'key' in params || 'access_token' in params;
  const query = new URLSearchParams({ ...(!hasCredentials && { key: KEY }), format, v: '6', ...params });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/?${query}`);
  const client = new RawClient(socket, format);
  cleanUps.push(() => socket.terminate());
  await once(socket, 'open');
  return client;
}

export async function aConnectedRawClient(...args: Parameters<typeof aRawClient>) {
  const client = await aRawClient(...args);
  const connected = await client.next(4);
  return { client, connected };
}

/** A way to the broker that can be cut, shut and frozen. */
export async function aRelay({ port }: Endpoint): Promise<Relay> {
  const relay = await new Relay(port).listen();
  cleanUps.push(() => relay.close());
  return relay;
}

/** Waits until a condition holds; fails by the test's own timeout. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Collects what a channel delivers. */
export async function collect(channel: Ably.RealtimeChannel): Promise<Ably.InboundMessage[]> {
  const messages: Ably.InboundMessage[] = [];
  await channel.subscribe((message) => messages.push(message));
  return messages;
}

/** The error that a promise rejects with; fails when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<Ably.ErrorInfo> {
  try {
    await promise;
  } catch (error) {
    return error as Ably.ErrorInfo;
  }
  throw new Error('was expected to be rejected');
}

export async function aToken(at: Endpoint, params: Ably.TokenParams = {}): Promise<Ably.TokenDetails> {
  return aRest(at).auth.requestToken(params);
}
