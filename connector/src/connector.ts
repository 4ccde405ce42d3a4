import { randomUUID } from 'node:crypto';
import { createAttention } from './publishing/attention.ts';
import { backoffDelay, pause } from './backoff.ts';
import type { Config } from './config/config.ts';
import { isRejection, openDatabase, openSession, type Database } from './database.ts';
import { startDispatcher, type Dispatcher } from './publishing/dispatcher.ts';
import { createDoorbell } from './publishing/doorbell.ts';
import { ConnectionRejected, PoolerInTheWay, RightsMissing, toError } from './errors.ts';
import { createEvents, type ConnectorEvents } from './events.ts';
import { startHealthServer } from './monitoring/health.ts';
import { createLimits } from './limits/limits.ts';
import { createLease, removeNode } from './node/lease.ts';
import { startListener } from './node/listener.ts';
import { createLogger, logEvents, type Logger } from './monitoring/logger.ts';
import { followStatus, whyNotReady } from './monitoring/status.ts';
import { watchDelivery } from './monitoring/watch-delivery.ts';
import { defaultOptions, type ConnectorOptions } from './options.ts';
import { createOutbox } from './publishing/outbox.ts';
import { createAblyPublisher } from './publishing/publisher.ts';
import { isSetupProblem, reconcile } from './setup/reconcile.ts';
import { ensureOwnSession } from './setup/session.ts';
import { startSettler, type Settler } from './publishing/settler.ts';
import { watchSetup } from './setup/watch.ts';

export interface Connector {
  /** Full address of `/health`, beside `/ready` and `/metrics`; absent without a healthPort. */
  readonly healthUrl?: string;
  /** The id of this instance in the table `nodes`. */
  readonly node: string;
  readonly events: ConnectorEvents;
  /**
   * Finishes the publishes in flight, gives up the lease and closes everything. Safe to call twice.
   */
  stop(): Promise<void>;
}

export interface StartOptions extends Partial<ConnectorOptions> {
  /** Receives every event from the first one on. */
  readonly events?: ConnectorEvents;
  readonly logger?: Logger;
  /** Aborts the start, which otherwise waits for the database without a limit. */
  readonly signal?: AbortSignal;
}

/** How many channels are watched for progress: an outbox may have any number. */
const MOST_CHANNELS = 1_000;

/**
 * Publishes the configured row changes from Postgres to Ably until stopped. Resolves once the
 * triggers exist and the connector listens; waits for a database that is unreachable, or whose
 * row-level security hides rows.
 * @throws MigrationsMissing, RightsMissing, ReconcileFailed, ConnectionRejected or PoolerInTheWay,
 *   which waiting does not resolve; the signal's reason
 */
export async function startConnector(config: Config, custom: StartOptions = {}): Promise<Connector> {
  const { events = createEvents(), logger = createLogger(config.logLevel), signal, ...overrides } = custom;
  const options: ConnectorOptions = { ...defaultOptions, ...overrides };
  const node = randomUUID();
  logEvents(events, logger);
  const status = followStatus(events, options);

  await using opened = new AsyncDisposableStack();
  const database = openDatabase(config.dbConfig, (error) => events.emit('pool:error', { error }));
  opened.defer(() => database.close());
  const outbox = createOutbox(database, node, config.ably.maxMessageSize);
  const limits = createLimits();

  const { healthPort, healthHost } = config;
  let healthUrl: string | undefined;
  if (healthPort !== undefined) {
    const health = await startHealthServer({ healthHost, healthPort }, events, status, outbox, limits);
    opened.defer(() => health.close());
    healthUrl = health.url;
    // Only then: the line of a start that succeeds also names it, and is what others wait for.
    events.once('start:failed', () =>
      logger.info({ health: healthUrl }, 'not started yet; the health port has the reason'),
    );
  }

  const through = await prepare(database, config, events, options, signal);
  const setup = watchSetup(database, config.connector, events, options);
  opened.defer(() => setup.stop());

  const doorbell = createDoorbell();
  const attention = createAttention();
  const lease = createLease(options.lease);
  opened.defer(() => giveUpLease(database, node, events));
  const connect = () => openSession(config.dbConfig, options.lease, through);
  const listener = startListener({ connect, node, nudge: doorbell.ring, lease, attention, events, options });
  opened.defer(() => listener.stop());
  await Promise.race([listener.ready, rejectWhenAborted(signal)]);

  const delivery = watchDelivery(
    () => outbox.heads(MOST_CHANNELS),
    () => whyNotReady(status),
    events,
  );
  opened.defer(() => delivery.stop());

  // Only now: rows claimed before the first heartbeat would seem a dead node's.
  const publisher = createAblyPublisher(config.ably, options.publishTimeout);
  const settler = startSettler(outbox, events, options.databaseBackoff);
  const dispatcher = startDispatcher({
    outbox,
    publisher,
    settler,
    limits,
    lease,
    attention,
    doorbell,
    events,
    options,
  });
  opened.defer(() => drain(dispatcher, settler, options.drainTimeout, events));

  const everything = opened.move();
  return { healthUrl, node, events, stop: () => everything.disposeAsync() };
}

async function prepare(
  database: Database,
  { dbConfig, connector: routes }: Config,
  events: ConnectorEvents,
  { databaseBackoff, lockTimeout }: ConnectorOptions,
  signal = new AbortController().signal,
): Promise<'pooler' | undefined> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted();
    try {
      const through = await ensureOwnSession(database, dbConfig);
      events.emit('reconciled', await reconcile(database, routes, lockTimeout));
      return through;
    } catch (thrown) {
      const error = toError(thrown);
      const mayPass = error instanceof RightsMissing && error.isRowSecurity;
      if (error instanceof PoolerInTheWay || (isSetupProblem(error) && !mayPass)) throw error;
      if (isRejection(error)) throw new ConnectionRejected(dbConfig, error);
      const wait = backoffDelay(failures, databaseBackoff);
      events.emit('start:failed', { failures, delay: wait, error });
      await pause(wait, signal);
    }
  }
}

/**
 * A publish that is not finished in time is repeated under the same ids: its claim is in the
 * database.
 */
async function drain(
  dispatcher: Dispatcher,
  settler: Settler,
  timeout: number,
  events: ConnectorEvents,
): Promise<void> {
  const timer = new AbortController();
  const stopped = dispatcher.stop().then(() => true);
  const inTime = await Promise.race([stopped, pause(timeout, timer.signal).then(() => false)]);
  timer.abort();
  settler.stop();
  if (!inTime) events.emit('drain:failed', { waited: timeout });
}

async function giveUpLease(database: Database, node: string, events: ConnectorEvents): Promise<void> {
  try {
    await removeNode(database, node);
  } catch (error) {
    events.emit('leave:failed', { error: toError(error) });
  }
}

function rejectWhenAborted(signal?: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(toError(signal.reason)), { once: true });
  });
}
