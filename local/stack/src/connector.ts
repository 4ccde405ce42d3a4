import { chatTableRoutes } from '@chat/contract';
import { freePort, startAnswering, supervise, systemEnvironment, type Log } from '@chat/processes';
import { fileURLToPath } from 'node:url';
import type { AblyAccount } from './ably/account.ts';

const ENTRY = fileURLToPath(import.meta.resolve('@chat/connector/main'));
const START_LIMIT_MS = 30_000;
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
  const port = await freePort();
  const health = `http://127.0.0.1:${port}/health`;
  const { log, signal } = options;
  const program = {
    name: 'connector',
    args: [ENTRY],
    env: connectorEnvironment(options, port),
    log,
  };
  const process = await supervise({
    name: 'connector',
    start: (stopping) => startAnswering(program, health, START_LIMIT_MS, stopping),
    stop: (child) => child.stop('SIGTERM', STOP_LIMIT_MS),
    log,
    signal,
  });
  return {
    health,
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
