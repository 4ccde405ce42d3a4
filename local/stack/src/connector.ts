import { chatTableRoutes } from '@chat/contract';
import { startAnnouncing, supervise, systemEnvironment, type Child, type Log } from '@chat/processes';
import { fileURLToPath } from 'node:url';
import type { AblyAccount } from './ably/account.ts';

const ENTRY = fileURLToPath(import.meta.resolve('@chat/connector/main'));
const START_LIMIT_MS = 30_000;
/** The last line of its start. One that waits for the database names its health before. */
const READY = /"health":"(http:[^"]+)".*"msg":"ready"/;
/** The connector itself ends within 9 s of SIGTERM. */
const STOP_LIMIT_MS = 10_000;

export interface ConnectorProcess {
  /** Answers 200 while the connector runs, with its counters as JSON. */
  readonly health: string;
  readonly pid: number;
  close(): Promise<void>;
}

export interface ConnectorOptions {
  /** `DB_HOST` and the connector's other names for the database. */
  databaseEnv: Record<string, string>;
  ably: AblyAccount;
  incomingChannel: string;
  log: Log;
  /** Aborts the start. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs the connector as a process, like in production, and restarts it whenever it ends by itself.
 */
export async function startConnectorProcess(options: ConnectorOptions): Promise<ConnectorProcess> {
  const { log, signal } = options;
  let health = '';
  async function start(stopping: AbortSignal): Promise<Child> {
    // A restarted connector has the address of the first one.
    const env = connectorEnvironment(options, Number(URL.parse(health)?.port ?? 0));
    const program = { name: 'connector', args: [ENTRY], env, log };
    const { child, address } = await startAnnouncing(program, READY, START_LIMIT_MS, stopping);
    health = address;
    return child;
  }
  const process = await supervise({
    name: 'connector',
    start,
    stop: (child) => child.stop('SIGTERM', STOP_LIMIT_MS),
    log,
    signal,
  });
  return {
    get health() {
      return health;
    },
    get pid() {
      return process.pid;
    },
    close: () => process.stop(),
  };
}

function connectorEnvironment({ databaseEnv, ably, incomingChannel }: ConnectorOptions, healthPort: number) {
  return {
    ...systemEnvironment(),
    ...databaseEnv,
    ABLY_API_KEY: ably.key,
    ...(ably.endpoint && { ABLY_ENDPOINT: ably.endpoint }),
    ...(ably.port && { ABLY_PORT: String(ably.port) }),
    ABLY_TLS: String(ably.tls ?? true),
    ABLY_CONNECTOR: JSON.stringify(chatTableRoutes(incomingChannel)),
    HEALTH_PORT: String(healthPort),
  };
}
