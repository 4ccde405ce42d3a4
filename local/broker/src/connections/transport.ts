import type { WebSocket, RawData } from 'ws';
import { Code, WireError, type ErrorInfo } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { Action } from '../protocol/actions.ts';
import { decode, encode, type Format } from '../protocol/codec.ts';
import type { OutboundFrame } from '../protocol/frames.ts';

export interface TransportOptions {
  format: Format;
  /** Also send HEARTBEAT frames: browsers cannot see WebSocket pings. */
  heartbeats: boolean;
  /** In ms. */
  heartbeatInterval: number;
  log: Log;
}

/** One WebSocket: encoding, frame order and liveness. */
export class Transport {
  readonly format: Format;
  readonly #socket: WebSocket;
  readonly #log: Log;

  #onFrame: ((frame: unknown) => void | Promise<void>) | undefined;
  #release: () => void = () => undefined;

  /** Queues frames until start(); handles them one after another, also when a handler is async. */
  #inbox = new Promise<void>((resolve) => (this.#release = resolve));

  /** Heartbeat intervals since the peer last sent anything. */
  #silentIntervals = 0;
  readonly #heartbeat: NodeJS.Timeout;
  #isRetired = false;

  constructor(socket: WebSocket, { format, heartbeats, heartbeatInterval, log }: TransportOptions) {
    this.format = format;
    this.#socket = socket;
    this.#log = log;
    this.#heartbeat = setInterval(() => this.#beat(heartbeats), heartbeatInterval);
    socket.on('close', () => clearInterval(this.#heartbeat));
    socket.on('error', (error) => log('debug', 'transport.error', { error: error.message }));
    socket.on('pong', () => (this.#silentIntervals = 0));
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Starts passing frames on, queued ones first. */
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
      const error = new WireError(Code.disconnected, 'The client reads too slowly; reconnect to resume');
      return this.end(Action.DISCONNECTED, error.toWire());
    }
    this.#write(bytes);
  }

  /** Sends a last frame and closes the socket. */
  end(
    action: typeof Action.CLOSED | typeof Action.ERROR | typeof Action.DISCONNECTED,
    error?: ErrorInfo,
  ): void {
    if (this.isOpen && !this.#isRetired) this.#write(encode({ action, error }, this.format));
    this.#onFrame = undefined;
    this.#socket.close(1000);
  }

  /**
   * Silences this transport after another one resumed its connection. The socket stays open until
   * the next heartbeat: if it closed at once, a live client would resume immediately, and the two
   * transports would replace each other forever.
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
    this.#silentIntervals = 0;
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
    this.#silentIntervals += 1;
    // After two silent intervals the peer counts as lost, even if TCP reports it as open.
    if (this.#silentIntervals > 2 || this.#isRetired) return this.terminate();
    this.#socket.ping();
    if (heartbeats) this.send({ action: Action.HEARTBEAT });
  }
}
