import type { WebSocket, RawData } from 'ws';
import { Code, WireError, type ErrorInfo } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { Action } from '../protocol/actions.ts';
import { decode, encode, type Format } from '../protocol/codec.ts';
import type { OutboundFrame } from '../protocol/frames.ts';

export interface TransportOptions {
  format: Format;
  /** Whether the client cannot see WebSocket pings (browsers) and needs HEARTBEAT frames instead. */
  heartbeats: boolean;
  heartbeatInterval: number;
  log: Log;
}

/** One WebSocket: bytes, frames and liveness. It knows nothing of channels. */
export class Transport {
  readonly format: Format;
  readonly #socket: WebSocket;
  readonly #log: Log;

  #onFrame: ((frame: unknown) => void | Promise<void>) | undefined;
  #release: () => void = () => undefined;

  /** Frames wait until start(), then are handled one after the other, even where handling one takes time. */
  #inbox = new Promise<void>((resolve) => (this.#release = resolve));

  /** Heartbeat intervals since the peer last gave a sign of life. */
  #silentFor = 0;
  readonly #heartbeat: NodeJS.Timeout;
  #isRetired = false;

  constructor(socket: WebSocket, { format, heartbeats, heartbeatInterval, log }: TransportOptions) {
    this.format = format;
    this.#socket = socket;
    this.#log = log;
    this.#heartbeat = setInterval(() => this.#beat(heartbeats), heartbeatInterval);
    socket.on('close', () => clearInterval(this.#heartbeat));
    socket.on('error', (error) => log('debug', 'transport.error', { error: error.message }));
    socket.on('pong', () => (this.#silentFor = 0));
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Begins to hand frames over, those first that came in the meantime. */
  start(onFrame: (frame: unknown) => void | Promise<void>): void {
    this.#onFrame = onFrame;
    this.#release();
  }

  onClose(listener: () => void): void {
    this.#socket.on('close', listener);
  }

  send(frame: OutboundFrame): void {
    this.sendBytes(encode(frame, this.format));
  }

  sendBytes(bytes: Buffer): void {
    if (!this.isOpen || this.#isRetired) return;
    if (this.#socket.bufferedAmount > limits.maxBufferedBytes) {
      this.#log('warn', 'transport.too-slow', { bufferedBytes: this.#socket.bufferedAmount });
      const error = new WireError(
        Code.disconnected,
        'Reads too slowly; reconnect to go on from where you are',
      );
      return this.end(Action.DISCONNECTED, error.toWire());
    }
    this.#write(bytes);
  }

  /** Sends a last frame, then closes in order. */
  end(
    action: typeof Action.CLOSED | typeof Action.ERROR | typeof Action.DISCONNECTED,
    error?: ErrorInfo,
  ): void {
    if (this.isOpen && !this.#isRetired) this.#write(encode({ action, error }, this.format));
    this.#onFrame = undefined;
    this.#socket.close(1000);
  }

  /**
   * Another transport took the connection over. This one goes silent until its client notices, or the next heartbeat:
   * told at once, a client that is still alive would come straight back, and the two would take turns forever.
   */
  retire(): void {
    this.#isRetired = true;
    this.#onFrame = undefined;
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #write(bytes: Buffer): void {
    this.#socket.send(bytes, { binary: this.format === 'msgpack' });
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#silentFor = 0;
    this.#inbox = this.#inbox.then(() => this.#handle(data as Buffer, isBinary ? 'msgpack' : 'json'));
  }

  async #handle(bytes: Buffer, format: Format): Promise<void> {
    let frame: unknown;
    try {
      frame = decode(bytes, format);
    } catch (error) {
      this.#log('info', 'frame.unreadable', { error: String(error) });
      return;
    }
    try {
      await this.#onFrame?.(frame);
    } catch (error) {
      this.#log('error', 'handler.failed', { error });
    }
  }

  #beat(heartbeats: boolean): void {
    this.#silentFor += 1;
    // Two intervals without an answer: the peer is gone, though its TCP connection may seem open.
    if (this.#silentFor > 2 || this.#isRetired) return this.terminate();
    this.#socket.ping();
    if (heartbeats) this.send({ action: Action.HEARTBEAT });
  }
}
