import type { Attention } from './attention.ts';
import { backoffDelay, pause } from './backoff.ts';
import type { Session } from './database.ts';
import { toError } from './errors.ts';
import type { ConnectorEvents } from './events.ts';
import type { Lease } from './lease.ts';
import { heartbeat, showPresence } from './nodes.ts';
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

export interface ListenerParts {
  readonly connect: () => Promise<Session>;
  readonly node: string;
  readonly nudge: () => void;
  readonly lease: Lease;
  readonly attention: Attention;
  readonly events: ConnectorEvents;
  readonly options: Pick<ConnectorOptions, 'lease' | 'databaseBackoff'>;
}

export function startListener(parts: ListenerParts): Listener {
  const { connect, node, nudge, lease, attention, events, options } = parts;
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
        const delay = backoffDelay(failures, options.databaseBackoff);
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
      await showPresence(session, node);
      await beat(session);
      await attention.connected(session);
      failures = 0; // only a LISTEN and a heartbeat that succeeded prove this connection healthy
      events.emit('listening', { node });
      ready.resolve(undefined);
      nudge(); // for what was committed while nobody listened
      const interrupted = AbortSignal.any([stopping.signal, session.lost]);
      while (!stopping.signal.aborted) {
        await pause(options.lease / 3, interrupted);
        session.lost.throwIfAborted();
        await beat(session);
      }
    } finally {
      attention.disconnected();
      await session.close();
    }
  }

  async function beat(session: Session): Promise<void> {
    const askedAt = performance.now();
    await heartbeat(session, node, options.lease);
    lease.renew(askedAt);
  }

  return {
    ready: ready.promise,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
