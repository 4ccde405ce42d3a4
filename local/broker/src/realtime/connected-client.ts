import type { App } from '../apps/app.ts';
import type { Recipient } from '../channels/attachment.ts';
import type { Connection } from '../connections/connection.ts';
import type { Transport } from '../connections/transport.ts';
import type { BrokerContext } from '../context.ts';
import { Code, WireError, type ErrorInfo } from '../errors.ts';
import { limits } from '../limits.ts';
import { Action } from '../protocol/actions.ts';
import type { Format } from '../protocol/codec.ts';
import type { ConnectParams } from './connect-params.ts';
import { Deliveries } from './deliveries.ts';

export interface ConnectedClientOptions {
  context: BrokerContext;
  app: App;
  connection: Connection;
  transport: Transport;
  params: ConnectParams;
}

/** A connection bound to one transport, from CONNECTED until either ends. Handlers act on it. */
export class ConnectedClient implements Recipient {
  readonly context: BrokerContext;
  readonly app: App;
  readonly connection: Connection;
  readonly transport: Transport;
  readonly connectionId: string;
  readonly format: Format;
  readonly echo: boolean;
  readonly deliveries: Deliveries | undefined;
  readonly #params: ConnectParams;
  #expiryTimers: NodeJS.Timeout[] = [];

  constructor({ context, app, connection, transport, params }: ConnectedClientOptions) {
    this.context = context;
    this.app = app;
    this.connection = connection;
    this.transport = transport;
    this.connectionId = connection.id;
    this.format = transport.format;
    this.echo = params.echo;
    this.deliveries = connection.limits && new Deliveries(connection.limits, context.timing.now);
    this.#params = params;
  }

  /** False once the connection has ended or moved to another transport. */
  get isCurrent(): boolean {
    return this.connection.transport === this.transport;
  }

  /** Moves the connection to this transport and sends CONNECTED. */
  start(error?: ErrorInfo): void {
    this.connection.transport?.retire();
    this.connection.drop();
    this.connection.transport = this.transport;
    this.transport.onClose(() => this.#onTransportClosed());
    this.sendConnected(error);
  }

  /** Sends CONNECTED, at the start and after each re-authentication. */
  sendConnected(error?: ErrorInfo): void {
    const { connection } = this;
    const { timing, account } = this.context;
    const { plan } = account;
    this.transport.send({
      action: Action.CONNECTED,
      connectionId: connection.id,
      connectionDetails: {
        clientId: connection.clientId,
        connectionKey: this.app.connections.newKey(connection),
        connectionStateTtl: timing.connectionStateTtl,
        maxIdleInterval: this.#params.heartbeatInterval ?? timing.heartbeatInterval,
        maxMessageSize: plan.messageSize,
        maxFrameSize: limits.maxFrameSize,
        maxInboundRate: Math.min(plan.connectionPublishes, limits.announcedInboundRate),
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

  /** Ends the connection on the client's CLOSE. */
  close(): void {
    this.transport.end(Action.CLOSED);
    this.app.connections.end(this.connection);
  }

  /** Ends the connection with an error. */
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
    this.deliveries?.close();
    if (this.isCurrent) this.app.connections.lose(this.connection, this.#params.presenceGrace);
  }

  /** Prompts the client to renew its token before it expires, and disconnects it on expiry. */
  #watchExpiry(): void {
    this.#stopWatching();
    const { expires } = this.connection.principal;
    if (expires === undefined) return;
    const { now, authPromptBefore, authPromptMinimum } = this.context.timing;
    const remaining = Math.max(expires - now(), 0);
    const expire = () => {
      if (this.isCurrent) this.disconnect(new WireError(Code.tokenExpired, 'The token has expired'));
    };
    this.#expiryTimers.push(setTimeout(expire, remaining));
    if (remaining < authPromptMinimum) return;
    const prompt = () => this.transport.send({ action: Action.AUTH });
    this.#expiryTimers.push(setTimeout(prompt, Math.max(remaining - authPromptBefore, 0)));
  }

  #stopWatching(): void {
    for (const timer of this.#expiryTimers.splice(0)) clearTimeout(timer);
  }
}
