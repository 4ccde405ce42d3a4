import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import { AppRegistry, createApp } from './apps/app.ts';
import { parseKey } from './auth/keys.ts';
import { accept } from './connections/accept.ts';
import { Code, WireError } from './errors.ts';
import { handleFrame } from './handlers/index.ts';
import { limits } from './limits.ts';
import type { Log } from './log.ts';
import { Action } from './protocol/actions.ts';
import { restRoutes } from './rest/routes.ts';
import type { RuleOptions } from './rules/rules.ts';
import { defaultTiming, type Timing } from './timing.ts';

export interface BrokerOptions {
  /** 0 or absent: any free one. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** `appId.keyId:secret` each, with full capability. */
  keys: string[];
  /** Fed by every publish of the apps of these keys. */
  rules?: RuleOptions[];
  log?: Log;
  timing?: Partial<Timing>;
}

export interface Broker {
  readonly url: string;
  readonly port: number;
  /** Tells clients to reconnect, lets rule deliveries finish, and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts a broker: REST and WebSocket on one port.
 * @throws Error when a key is malformed or the port is taken
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { port = 0, host = '127.0.0.1', rules = [], log = () => undefined } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const keys = options.keys.map((key) => parseKey(key));
  const apps = new AppRegistry(keys, (id) => createApp(id, rules, timing, log));
  const context = { apps, timing, log };

  const server = createAdaptorServer({ fetch: restRoutes(context).fetch }) as ServerType & Server;
  // Clients reuse idle connections; closing one just then would look like a failed request.
  server.keepAliveTimeout = 75_000;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxFrameSize,
    perMessageDeflate: false,
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => log('debug', 'upgrade.error', { error: error.message }));
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      void accept(webSocket, request.url, context, handleFrame);
    });
  });
  await listen(server, port, host);
  const sweep = setInterval(() => apps.prune(timing.now()), timing.sweepInterval);

  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.address}:${address.port}`,
    port: address.port,
    async close() {
      clearInterval(sweep);
      const closed = once(server, 'close');
      server.close();
      await sayGoodbye(apps, sockets, timing.shutdownPatience);
      server.closeAllConnections();
      for (const app of apps.all()) app.connections.close();
      // Only now can nothing be published any more.
      await Promise.all(apps.all().map((app) => app.rules.close(timing.shutdownPatience)));
      await closed;
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(`The broker cannot listen on ${host}:${port}; is another program using that port?`, {
      cause: error,
    });
  }
}

/** 80003 is the neutral reason: clients come back, and resume where they can. */
async function sayGoodbye(apps: AppRegistry, sockets: WebSocketServer, patience: number): Promise<void> {
  const reason = new WireError(Code.disconnected, 'The broker is shutting down').toWire();
  for (const app of apps.all()) {
    for (const { transport } of app.connections.all()) transport?.end(Action.DISCONNECTED, reason);
  }
  const deadline = AbortSignal.timeout(patience);
  const timedOut = new Promise((resolve) => deadline.addEventListener('abort', resolve));
  const closing = [...sockets.clients].map((socket) => once(socket, 'close'));
  await Promise.race([Promise.all(closing), timedOut]);
  for (const socket of sockets.clients) socket.terminate();
}
