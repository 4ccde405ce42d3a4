import { decode, encode } from '@msgpack/msgpack';
import type WebSocket from 'ws';
import { Action } from '../../src/protocol/actions.ts';
import type { WireFormat } from './helpers.ts';

/** A received frame. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests examine single fields
export type Frame = Record<string, any>;

/** A client that sends single frames, for what the official client never sends or shows. */
export class RawClient {
  /** Frames not yet returned by `next`. */
  readonly received: Frame[] = [];
  closeCode: number | undefined;

  /** Number of WebSocket pings. */
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
    socket.on('error', () => undefined); // followed by `close`
  }

  /** Removes and returns the first matching frame; waits for it if necessary. */
  next(action: number, matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return this.nextOf([action], matches);
  }

  /** Like `next`, for any of several actions. */
  async nextOf(actions: number[], matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
    for (;;) {
      const index = this.received.findIndex(
        (frame) => actions.includes(frame.action as number) && matches(frame),
      );
      const [frame] = index === -1 ? [] : this.received.splice(index, 1);
      if (frame) return frame;
      if (this.closeCode !== undefined) {
        throw new Error(`Closed (${this.closeCode}) before a frame of action ${actions.join(' or ')}`);
      }
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

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
