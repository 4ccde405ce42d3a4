import type { RawConfig } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/config.ts';
import { startConnector, type Connector, type StartOptions } from '../../src/connector.ts';
import { createEvents, type ConnectorEventMap, type ConnectorEvents } from '../../src/events.ts';
import type { TestDatabase } from './postgres.ts';

export const KEY = 'app.key:secret';

/** Short enough that a test sees a death noticed, long enough that a busy machine does not see a false one. */
export const QUICK: StartOptions = {
  lease: 1_500,
  publishTimeout: 1_000,
  poll: { first: 50, longest: 500 },
  channelBackoff: { first: 20, longest: 200 },
  databaseBackoff: { first: 20, longest: 200 },
  drainTimeout: 3_000,
};

export const chatRoutes: RawConfig['connector'] = ['INSERT', 'UPDATE', 'DELETE'].map((operation) => ({
  tablename: 'chat_data',
  ablychannelname: 'incoming-chat',
  operation,
}));

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
  /** Every event so far, by name. */
  readonly seen: { readonly [Name in keyof ConnectorEventMap]?: number };
}

/** A connector in this process, stopped at the end of the scope. */
export async function runConnector(raw: RawConfig, options: StartOptions = {}): Promise<RunningConnector> {
  const events = options.events ?? createEvents();
  const seen = countEvents(events);
  const connector = await startConnector(parseConfig(raw), { ...QUICK, ...options, events });
  return { ...connector, seen, [Symbol.asyncDispose]: () => connector.stop() };
}

function countEvents(events: ConnectorEvents): RunningConnector['seen'] {
  const seen: Partial<Record<keyof ConnectorEventMap, number>> = {};
  const emit = events.emit.bind(events);
  events.emit = (name, ...rest) => {
    const known = name as keyof ConnectorEventMap;
    seen[known] = (seen[known] ?? 0) + 1;
    return emit(name, ...rest);
  };
  return seen;
}
