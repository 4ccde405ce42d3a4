import { decode, encode } from '@msgpack/msgpack';
import type WebSocket from 'ws';
import { Action } from '../../src/protocol/actions.ts';
import type { WireFormat } from './helpers.ts';

/** A received frame. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests examine single fields
export type Frame = Record<string, any>;

interface Waiter {
  matches(frame: Frame): boolean;
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

/** A client that sends single frames, for what the official client never sends or shows. */
export class RawClient {
  /** Frames not yet returned by `next`. */
  readonly received: Frame[] = [];
  closeCode: number | undefined;

  /** Number of WebSocket pings. */
  pings = 0;
  readonly #socket: WebSocket;
  readonly #format: WireFormat;
  readonly #waiters = new Set<Waiter>();
  readonly #closed: Promise<void>;

  constructor(socket: WebSocket, format: WireFormat) {
    this.#socket = socket;
    this.#format = format;
    socket.on('message', (data: Buffer, isBinary) =>
      this.#receive((isBinary ? decode(data) : JSON.parse(data.toString())) as Frame),
    );
    socket.on('ping', () => (this.pings += 1));
    socket.on('error', () => undefined); // followed by `close`
    this.#closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.closeCode = code;
        for (const { reject } of this.#waiters) reject(this.#closedError());
        resolve();
      });
    });
  }

  /** Removes and returns the first matching frame; waits for it if necessary. */
  next(action: number, matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return this.nextOf([action], matches);
  }

  /** Like `next`, for any of several actions. */
  async nextOf(actions: number[], isWanted: (frame: Frame) => boolean = () => true): Promise<Frame> {
    const matches = (frame: Frame) => actions.includes(frame.action as number) && isWanted(frame);
    const index = this.received.findIndex(matches);
    const [frame] = index === -1 ? [] : this.received.splice(index, 1);
    if (frame) return frame;
    if (this.closeCode !== undefined) throw this.#closedError();
    return new Promise((resolve, reject) => this.#waiters.add({ matches, resolve, reject }));
  }

  closed(): Promise<void> {
    return this.#closed;
  }

  send(frame: Frame): void {
    this.#socket.send(
      this.#format === 'msgpack' ? encode(frame, { ignoreUndefined: true }) : JSON.stringify(frame),
    );
  }

  /** Sends a string as a text frame and bytes as a binary frame, unless `binary` overrides it. */
  sendRaw(data: string | Buffer, binary = typeof data !== 'string'): void {
    this.#socket.send(data, { binary });
  }

  /** Waits for a ping and its echo: all replies to earlier frames have arrived by then. */
  async settled(): Promise<void> {
    const id = `ping-${Math.random()}`;
    this.send({ action: Action.HEARTBEAT, id });
    await this.next(Action.HEARTBEAT, (frame) => frame.id === id);
  }

  /** Attaches to a channel and returns ATTACHED. */
  async attach(channel: string, fields: Frame = {}): Promise<Frame> {
    this.send({ action: Action.ATTACH, channel, ...fields });
    return this.next(Action.ATTACHED, (frame) => frame.channel === channel);
  }

  /** Stops reading and answering pings while the connection stays open. */
  freeze(): void {
    this.#socket.pause();
  }

  thaw(): void {
    this.#socket.resume();
  }

  /** Cuts the connection without a closing handshake. */
  cut(): void {
    this.#socket.terminate();
  }

  #receive(frame: Frame): void {
    const waiter = [...this.#waiters].find(({ matches }) => matches(frame));
    if (!waiter) return void this.received.push(frame);
    this.#waiters.delete(waiter);
    waiter.resolve(frame);
  }

  #closedError(): Error {
    return new Error(`The connection closed (${this.closeCode}) before the expected frame arrived`);
  }
}
