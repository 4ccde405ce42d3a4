import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import { App, AppRegistry } from './apps/app.ts';
import { parseKey, type ApiKey } from './auth/keys.ts';
import { accept } from './connections/accept.ts';
import { Code, WireError } from './errors.ts';
import { handleFrame } from './handlers/index.ts';
import { limits } from './limits.ts';
import type { Log } from './log.ts';
import { Action } from './protocol/actions.ts';
import { restRoutes } from './rest/routes.ts';
import { openDeliveries } from './rules/promised.ts';
import type { RuleOptions, RulesOptions } from './rules/rules.ts';
import { defaultTiming, type Timing } from './timing.ts';

export interface BrokerOptions {
  /** 0 or absent: any free one. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** `appId.keyId:secret` each, with full capability. */
  keys: string[];
  /** Fed by the apps of these keys; apps that are made over REST have none. */
  rules?: RuleOptions[];
  /** A file for deliveries that were promised, so that they outlive this process. Absent: they end with it. */
  journal?: string;
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
 * @throws Error when a key is malformed, the port is taken or the journal cannot be used
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { port = 0, host = '127.0.0.1', rules = [], log = () => undefined } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const keys = options.keys.map((key) => parseKey(key));
  const apps = new AppRegistry();
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
  // Whoever has the port has the journal. Nobody can have connected before this turn of the event loop ends.
  let journal: RulesOptions['journal'];
  try {
    journal = options.journal === undefined ? undefined : openDeliveries(options.journal, log);
    createApps(apps, keys, { rules, journal, timing, log });
  } catch (error) {
    server.close();
    throw error;
  }
  const sweep = setInterval(() => apps.prune(timing.now()), timing.sweepInterval);

  const stop = async () => {
    clearInterval(sweep);
    const closed = once(server, 'close');
    server.close();
    await sayGoodbye(apps, sockets, timing.shutdownPatience);
    server.closeAllConnections();
    for (const app of apps.values()) app.connections.close();
    // Only now can nothing be published any more.
    await Promise.all([...apps.values()].map(async (app) => app.rules?.close(timing.shutdownPatience)));
    journal?.close();
    await closed;
  };
  let stopped: Promise<void> | undefined;

  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.address}:${address.port}`,
    port: address.port,
    close: () => (stopped ??= stop()),
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

/** One app for each app id among the keys. What an earlier run had promised to its rules is taken up. */
function createApps(apps: AppRegistry, keys: ApiKey[], rules: Omit<RulesOptions, 'appId'>): void {
  for (const [id, ofApp] of Map.groupBy(keys, ({ appId }) => appId)) {
    apps.set(id, new App({ id, keys: ofApp, rules }, rules.timing));
  }
  for (const promised of rules.journal?.unfinished() ?? []) {
    if (apps.get(promised.envelope.appId ?? '')?.rules?.resume(promised)) continue;
    rules.log('error', 'rule.unknown', { rule: promised.rule, journalEntry: promised.n });
  }
}

/** 80003 is the neutral reason: clients come back, and resume where they can. */
async function sayGoodbye(apps: AppRegistry, sockets: WebSocketServer, patience: number): Promise<void> {
  const reason = new WireError(Code.disconnected, 'The broker is shutting down').toWire();
  for (const app of apps.values()) {
    for (const { transport } of app.connections.all()) transport?.end(Action.DISCONNECTED, reason);
  }
  const deadline = AbortSignal.timeout(patience);
  const timedOut = new Promise((resolve) => deadline.addEventListener('abort', resolve));
  const closing = [...sockets.clients].map((socket) => once(socket, 'close'));
  await Promise.race([Promise.all(closing), timedOut]);
  for (const socket of sockets.clients) socket.terminate();
}
