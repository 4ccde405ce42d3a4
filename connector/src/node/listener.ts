import { backoffDelay, pause } from '../backoff.ts';
import type { DatabaseSession } from '../database.ts';
import { toError } from '../errors.ts';
import type { ConnectorEvents } from '../events.ts';
import type { ConnectorOptions } from '../options.ts';
import type { Attention } from '../publishing/attention.ts';
import { lockNodeId, sendHeartbeat, type Lease } from './lease.ts';

/**
 * Maintains one connection that receives the nudges and sends this node's heartbeats. A heartbeat
 * without an answer also reveals a dead connection. A connection that is lost is replaced.
 */
export interface Listener {
  /** Resolves once LISTEN has succeeded for the first time. */
  readonly ready: Promise<unknown>;
  stop(): Promise<void>;
}

const NUDGE_CHANNEL = 'ably_adbc';

export interface ListenerParts {
  readonly connect: () => Promise<DatabaseSession>;
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
      await session.query(`listen ${NUDGE_CHANNEL}`);
      await lockNodeId(session, node);
      await beat(session);
      await attention.connected(session);
      failures = 0; // only a LISTEN and a heartbeat that succeeded prove the connection healthy
      events.emit('listening', { node });
      ready.resolve(undefined);
      nudge(); // for rows committed while no connection listened
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

  async function beat(session: DatabaseSession): Promise<void> {
    const sentAt = performance.now();
    await sendHeartbeat(session, node, options.lease);
    lease.renew(sentAt);
  }

  return {
    ready: ready.promise,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
