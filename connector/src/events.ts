import { EventEmitter } from 'node:events';
import type { Learned } from './limits/limits.ts';
import type { Head } from './publishing/heads.ts';
import type { ReconcileReport } from './setup/reconcile.ts';

/** Every event that is logged, counted or awaited by a test. None carries the text of a message. */
export interface ConnectorEventMap {
  /** The database could not be prepared; retried after `delay` ms. */
  'start:failed': [{ failures: number; delay: number; error: Error }];
  reconciled: [ReconcileReport];
  /** LISTEN succeeded and this node's lease is fresh. Also emitted after every reconnection. */
  listening: [{ node: string }];
  /** The listening connection failed or broke; replaced after `delay` ms. */
  'connection:lost': [{ failures: number; delay: number; error: Error }];
  /**
   * A batch is about to be published; `resumed` when this node or another had composed it earlier.
   */
  claimed: [{ channel: string; count: number; resumed: boolean }];
  /**
   * Ably accepted the batch after `seconds`. A crash before it is settled publishes it again, under
   * the same ids.
   */
  published: [{ channel: string; count: number; seconds: number }];
  /**
   * Ably permanently rejects this message, which is set aside when its batch is settled; or the
   * database cannot read it, and it has been set aside.
   */
  rejected: [{ channel: string; sequenceId: string; status: number; code: number; reason: string }];
  /** A row that cannot be read could not be set aside; tried again after the channel's next claim. */
  'set-aside:failed': [{ channel: string; error: Error }];
  settled: [{ channel: string; count: number }];
  /**
   * A channel's batches could not be published; retried after `delay` ms. Other channels continue.
   */
  'channel:failed': [{ channel: string; failures: number; delay: number; error: Error }];
  /**
   * Ably rejected a publish because of a rate limit. It is repeated after `delay` ms, and the
   * connector continues at `rate` units a second.
   */
  limited: [{ channel: string; code: number; delay: number; unit: Learned['unit']; rate: number }];
  /** The pending rows of a limited channel could not be read: none overtakes others meanwhile. */
  'survey:failed': [{ channel: string; error: Error }];
  /**
   * A channel has no more rows for this node: an earlier failure is over, or another node's
   * concern.
   */
  'channel:emptied': [{ channel: string }];
  /** Published rows could not be removed from the outbox; retried after `delay` ms. */
  'settle:failed': [{ failures: number; delay: number; error: Error }];
  /** The outbox could not be polled; retried after `delay` ms. */
  'poll:failed': [{ failures: number; delay: number; error: Error }];
  /** A poll succeeded after failed ones. */
  'poll:recovered': [];
  /** The first pending row of each channel, every second. */
  looked: [{ heads: readonly Head[] }];
  /** The first pending rows could not be read; retried after a second. */
  'look:failed': [{ error: Error }];
  /** Row changes stopped going out, for these reasons; or go out again, without any. */
  readiness: [{ reasons: readonly string[] }];
  /**
   * The database was compared with the configuration, some time after the start. Empty when they
   * agree.
   */
  'setup:checked': [{ differences: readonly string[] }];
  /**
   * Stopped with publishes in flight; the next connector publishes them again, under the same ids.
   */
  'drain:failed': [{ waited: number }];
  /** The lease could not be given up; other nodes take over once it has expired. */
  'leave:failed': [{ error: Error }];
  /** A request at the health port failed. */
  'health:failed': [{ path: string; error: Error }];
  /** A pooled connection broke; the pool replaces it. */
  'pool:error': [{ error: Error }];
}

export type ConnectorEvents = EventEmitter<ConnectorEventMap>;

export function createEvents(): ConnectorEvents {
  return new EventEmitter<ConnectorEventMap>();
}
