import { backoffDelay, pause } from './backoff.ts';
import type { Session } from './database.ts';
import { toError } from './errors.ts';
import type { ConnectorEvents } from './events.ts';
import { heartbeat } from './nodes.ts';
import type { ConnectorOptions } from './options.ts';

/**
 * Keeps one connection of its own that hears the nudges and sends the heartbeats of this node's lease. The heartbeat
 * also finds out that a silent connection is dead. Whatever happens to the connection, another is made.
 */
export interface Listener {
  /** Resolves once LISTEN succeeded for the first time. */
  readonly ready: Promise<unknown>;
  stop(): Promise<void>;
}

const NUDGE_CHANNEL = 'ably_adbc';

export function startListener(
  connect: () => Promise<Session>,
  node: string,
  nudge: () => void,
  events: ConnectorEvents,
  { lease, databaseBackoff }: Pick<ConnectorOptions, 'lease' | 'databaseBackoff'>,
): Listener {
  const stopping = new AbortController();
  const ready = Promise.withResolvers<undefined>();
  let failures = 0;
  const running = run();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await listen();
      } catch (thrown) {
        failures += 1;
        const delay = backoffDelay(failures, databaseBackoff);
        events.emit('connection:lost', { failures, delay, error: toError(thrown) });
        await pause(delay, stopping.signal);
      }
    }
  }

  async function listen(): Promise<void> {
    const session = await connect();
    try {
      session.onNotification(nudge);
      await session.query(`LISTEN ${NUDGE_CHANNEL}`);
      await heartbeat(session, node, lease);
      failures = 0; // only a LISTEN and a heartbeat that succeeded prove this connection healthy
      events.emit('listening', { node });
      ready.resolve(undefined);
      nudge(); // for what was committed while nobody listened
      const interrupted = AbortSignal.any([stopping.signal, session.lost]);
      while (!stopping.signal.aborted) {
        await pause(lease / 3, interrupted);
        session.lost.throwIfAborted();
        await heartbeat(session, node, lease);
      }
    } finally {
      await session.close();
    }
  }

  return {
    ready: ready.promise,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
