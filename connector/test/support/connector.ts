import { chatTableRoutes, INCOMING_CHANNEL } from '@chat/contract';
import { parseConfig, type RawConfig } from '../../src/config/config.ts';
import { startConnector, type Connector, type StartOptions } from '../../src/connector.ts';
import { createEvents, type ConnectorEventMap, type ConnectorEvents } from '../../src/events.ts';
import type { TestDatabase } from './postgres.ts';

export const KEY = 'app.key:secret';

/**
 * Short enough for a test to see a node die, long enough that a busy machine sees no false death.
 */
export const QUICK: StartOptions = {
  lease: 3_000,
  publishTimeout: 5_000,
  poll: { first: 50, longest: 500 },
  channelBackoff: { first: 20, longest: 200 },
  databaseBackoff: { first: 20, longest: 200 },
  drainTimeout: 3_000,
  overdue: 2_000,
};

export const chatRoutes: RawConfig['connector'] = chatTableRoutes(INCOMING_CHANNEL);

export function rawConfig(
  database: TestDatabase,
  ably: { port: number },
  connector: RawConfig['connector'] = chatRoutes,
): RawConfig {
  return {
    dbConfig: database.dbConfig,
    connector,
    ably: { apiKey: KEY, endpoint: '127.0.0.1', port: ably.port, tls: false },
    healthPort: 0,
    logLevel: 'silent',
  };
}

export interface RunningConnector extends Connector, AsyncDisposable {
  /** Counts the events so far, by name. */
  readonly seen: { readonly [Name in keyof ConnectorEventMap]?: number };
}

/** Starts a connector in this process; the end of the scope stops it. */
export async function runConnector(raw: RawConfig, options: StartOptions = {}): Promise<RunningConnector> {
  const events = options.events ?? createEvents();
  const seen = countEvents(events);
  const connector = await startConnector(parseConfig(raw), { ...QUICK, ...options, events });
  return { ...connector, seen, [Symbol.asyncDispose]: () => connector.stop() };
}

/** Starts and stops a connector, which leaves its triggers behind. */
export async function setUpTriggers(raw: RawConfig): Promise<void> {
  await (await runConnector(raw)).stop();
}

function countEvents(events: ConnectorEvents): RunningConnector['seen'] {
  const seen: Partial<Record<keyof ConnectorEventMap, number>> = {};
  const emit = events.emit.bind(events);
  events.emit = (name, ...rest) => {
    const event = name as keyof ConnectorEventMap;
    seen[event] = (seen[event] ?? 0) + 1;
    return emit(name, ...rest);
  };
  return seen;
}
