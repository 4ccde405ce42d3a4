import type { App } from '../apps/app.ts';
import type { Subscriber } from '../channels/attachment.ts';
import type { BrokerContext } from '../context.ts';
import { Code, WireError, type ErrorInfo } from '../errors.ts';
import { limits } from '../limits.ts';
import { Action } from '../protocol/actions.ts';
import type { Format } from '../protocol/codec.ts';
import type { ConnectParams } from './connect-params.ts';
import type { Connection } from './connection.ts';
import type { Transport } from './transport.ts';

/** One connection on one transport: from CONNECTED until either ends. Handlers act on it. */
export class Session implements Subscriber {
  readonly context: BrokerContext;
  readonly app: App;
  readonly connection: Connection;
  readonly transport: Transport;
  readonly connectionId: string;
  readonly format: Format;
  readonly echo: boolean;
  readonly #params: ConnectParams;
  #expiryTimers: NodeJS.Timeout[] = [];

  constructor(context: BrokerContext, connection: Connection, transport: Transport, params: ConnectParams) {
    this.context = context;
    this.app = connection.principal.app;
    this.connection = connection;
    this.transport = transport;
    this.connectionId = connection.id;
    this.format = transport.format;
    this.echo = params.echo;
    this.#params = params;
  }

  /** False once another transport has taken the connection over, or it has ended: what comes late must not touch it. */
  get isCurrent(): boolean {
    return this.connection.transport === this.transport;
  }

  start(error?: ErrorInfo): void {
    this.connection.transport?.retire();
    this.connection.drop();
    this.connection.transport = this.transport;
    this.transport.onClose(() => this.#onTransportClosed());
    this.sendConnected(error);
  }

  /** Tells the client that it is connected, as whom, and what to expect; again after every re-authentication. */
  sendConnected(error?: ErrorInfo): void {
    const { connection } = this;
    const { timing } = this.context;
    this.transport.send({
      action: Action.CONNECTED,
      connectionId: connection.id,
      connectionDetails: {
        clientId: connection.clientId,
        connectionKey: this.app.connections.newKey(connection),
        connectionStateTtl: timing.connectionStateTtl,
        maxIdleInterval: this.#params.heartbeatInterval ?? timing.heartbeatInterval,
        maxMessageSize: limits.maxMessageSize,
        maxFrameSize: limits.maxFrameSize,
        maxInboundRate: limits.maxInboundRate,
        serverId: 'local',
      },
      error,
      timestamp: timing.now(),
    });
    this.#watchExpiry();
  }

  sendBytes(bytes: Buffer): void {
    this.transport.sendBytes(bytes);
  }

  /** CLOSE: the client is gone for good. */
  close(): void {
    this.transport.end(Action.CLOSED);
    this.app.connections.end(this.connection);
  }

  /** An error that ends the connection, not just a channel. */
  fail(error: WireError): void {
    this.transport.end(Action.ERROR, error.toWire());
    this.app.connections.end(this.connection);
  }

  /** Ends the transport; the client may resume. */
  disconnect(error?: WireError): void {
    this.transport.end(Action.DISCONNECTED, error?.toWire());
  }

  #onTransportClosed(): void {
    this.#stopWatching();
    if (this.isCurrent) this.app.connections.lose(this.connection, this.#params.presenceGrace);
  }

  #watchExpiry(): void {
    this.#stopWatching();
    const { expires } = this.connection.principal;
    if (expires === undefined) return;
    const { now, authPromptBefore, authPromptLeast } = this.context.timing;
    const left = Math.max(expires - now(), 0);
    const expire = () => {
      if (this.isCurrent) this.disconnect(new WireError(Code.tokenExpired, 'The token has expired'));
    };
    this.#expiryTimers.push(setTimeout(expire, left));
    if (left < authPromptLeast) return;
    const prompt = () => this.transport.send({ action: Action.AUTH });
    this.#expiryTimers.push(setTimeout(prompt, Math.max(left - authPromptBefore, 0)));
  }

  #stopWatching(): void {
    for (const timer of this.#expiryTimers.splice(0)) clearTimeout(timer);
  }
}
