import { hostAndPort } from '@chat/contract';
import { guardHost, type AllowedOrigins } from '@chat/contract/host-guard';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import { App, AppRegistry } from './apps/app.ts';
import { parseKey } from './auth/keys.ts';
import { Code, WireError } from './errors.ts';
import { handleFrame } from './handlers/index.ts';
import { limits } from './limits.ts';
import { Account } from './plan/account.ts';
import { planNamed, type Plan, type PlanName } from './plan/plans.ts';
import { withQuotedDetails, type Log } from './log.ts';
import { Action } from './protocol/actions.ts';
import { accept } from './realtime/accept.ts';
import { restRoutes } from './rest/routes.ts';
import { openDeliveryJournal, type DeliveryJournal } from './rules/delivery-journal.ts';
import type { RuleOptions } from './rules/rules.ts';
import { defaultTiming, type Timing } from './timing.ts';

export interface BrokerOptions {
  /** 0 or absent: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Names, besides its own, under which a proxy passes requests on. */
  hosts?: readonly string[];
  /** Which web pages may call; default `any`: the broker serves pages of other projects, too. */
  origins?: AllowedOrigins;
  /** Whether programs may create apps by `POST /apps`; default true. */
  appsOnDemand?: boolean;
  /** `appId.keyId:secret` each, with full capability. */
  keys: string[];
  /** The Ably plan whose limits are enforced, for all apps together; default `none`. */
  plan?: PlanName | Plan;
  /** Apply to the apps of these keys, not to apps created over REST. */
  rules?: RuleOptions[];
  /** A file for unfinished rule deliveries, which a later broker resumes. Absent: they are lost. */
  journal?: string;
  log?: Log;
  timing?: Partial<Timing>;
}

export interface Broker {
  readonly url: string;
  readonly port: number;
  /** Disconnects clients, waits for rule deliveries, and stops listening. */
  close(): Promise<void>;
}

/** Also on metachannels such as `[meta]log`. */
const EVERYTHING = '{"[*]*":["*"]}';

/**
 * Starts a broker: REST and WebSocket on one port.
 * @throws Error for a malformed key, a port in use or an unusable journal
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { port = 0, host = '127.0.0.1', origins = 'any', plan = 'none', rules = [] } = options;
  const log = withQuotedDetails(options.log ?? (() => undefined));
  const timing = { ...defaultTiming, ...options.timing };
  const keys = options.keys.map((key) => parseKey(key, EVERYTHING));
  const apps = new AppRegistry();
  const account = new Account({
    plan: typeof plan === 'string' ? planNamed(plan) : plan,
    now: timing.now,
    log,
  });
  const context = { apps, account, timing, log, appsOnDemand: options.appsOnDemand ?? true };
  const server = createAdaptorServer({ fetch: restRoutes(context).fetch }) as ServerType & Server;
  guardHost(server, { listenHost: host, hosts: options.hosts, origins });
  // Longer than clients keep idle connections: a request on one being closed would fail.
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
  // Only after listening: the port guards the journal against a second broker. No client can
  // connect before this turn of the event loop ends.
  let journal: DeliveryJournal | undefined;
  try {
    if (options.journal !== undefined) journal = openDeliveryJournal(options.journal, log);
    for (const [id, appKeys] of Map.groupBy(keys, ({ appId }) => appId)) {
      apps.set(
        id,
        new App(
          { id, keys: appKeys, rules: { rules, journal, timing, log }, account, memory: apps.memory },
          timing,
        ),
      );
    }
  } catch (error) {
    server.close();
    throw error;
  }
  if (journal) resumeDeliveries(journal, apps, log);
  const sweep = setInterval(() => apps.prune(timing.now()), timing.sweepInterval);

  const stop = async () => {
    clearInterval(sweep);
    const closed = once(server, 'close');
    server.close();
    await disconnectClients(apps, sockets, timing.shutdownTimeout);
    server.closeAllConnections();
    for (const app of apps.values()) app.connections.close();
    // After all sockets are closed, so that no publish can follow.
    await Promise.all([...apps.values()].map(async (app) => app.rules?.close(timing.shutdownTimeout)));
    journal?.close();
    await closed;
  };
  let stopped: Promise<void> | undefined;

  const address = server.address() as AddressInfo;
  return {
    url: `http://${hostAndPort(address.address, address.port)}`,
    port: address.port,
    close: () => (stopped ??= stop()),
  };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(`Cannot listen on ${hostAndPort(host, port)}: another program may be using the port`, {
      cause: error,
    });
  }
}

/** Queues the deliveries that an earlier run of the broker did not finish. */
function resumeDeliveries(journal: DeliveryJournal, apps: AppRegistry, log: Log): void {
  for (const delivery of journal.unfinished()) {
    if (apps.get(delivery.envelope.appId)?.rules?.resume(delivery)) continue;
    log('error', 'rule.unknown', { rule: delivery.rule, journalEntry: delivery.n });
  }
}

/** On 80003, clients reconnect and try to resume. */
async function disconnectClients(
  apps: AppRegistry,
  sockets: WebSocketServer,
  timeout: number,
): Promise<void> {
  const reason = new WireError(Code.disconnected, 'The broker is shutting down').toWire();
  for (const app of apps.values()) {
    for (const { transport } of app.connections.all()) transport?.end(Action.DISCONNECTED, reason);
  }
  const deadline = AbortSignal.timeout(timeout);
  const timedOut = new Promise((resolve) => deadline.addEventListener('abort', resolve));
  const closing = [...sockets.clients].map((socket) => once(socket, 'close'));
  await Promise.race([Promise.all(closing), timedOut]);
  for (const socket of sockets.clients) socket.terminate();
}
