import { EventEmitter } from 'node:events';
import type { ReconcileReport } from './setup/reconcile.ts';

/** Every moment worth a log line, a number or a test's attention. None carries the text of a message. */
export interface ConnectorEventMap {
  /** The database could not be prepared yet; tried again after `delay` ms. */
  'start:failed': [{ failures: number; delay: number; error: Error }];
  reconciled: [ReconcileReport];
  /** LISTEN succeeded and this node's lease is fresh. Also after every reconnection. */
  listening: [{ node: string }];
  /** The listening connection could not be made or broke; made anew after `delay` ms. */
  'connection:lost': [{ failures: number; delay: number; error: Error }];
  /** Rows were claimed; `resumed` when the batch had been composed before, by this node or a dead one. */
  claimed: [{ channel: string; count: number; resumed: boolean }];
  /** Ably has the batch, `seconds` later. It is not settled yet: a crash right here publishes it again, under the same ids. */
  published: [{ channel: string; count: number; seconds: number }];
  /** Ably will never accept this message. It is set aside when its batch is settled. */
  refused: [{ channel: string; sequenceId: string; status: number; code: number; reason: string }];
  settled: [{ channel: string; count: number }];
  /** A channel's rows wait; tried again after `delay` ms. Other channels go on. */
  'channel:failed': [{ channel: string; failures: number; delay: number; error: Error }];
  /** A channel has no more rows for us; what failed there before is over, or another node's concern. */
  'channel:emptied': [{ channel: string }];
  /** Published rows could not be removed; tried again after `delay` ms. */
  'settle:failed': [{ failures: number; delay: number; error: Error }];
  /** The outbox could not be looked at; tried again after `delay` ms. */
  'scan:failed': [{ failures: number; delay: number; error: Error }];
  /** What is configured and what the database holds were compared, some time after the start. Empty when they agree. */
  'setup:checked': [{ differences: readonly string[] }];
  /** Stopped with publishes still in flight; they are published again, under the same ids, by whoever runs next. */
  'drain:failed': [{ waited: number }];
  /** The lease could not be given up; other nodes take over once it has run out. */
  'leave:failed': [{ error: Error }];
  /** A question at the health port could not be answered. */
  'health:failed': [{ path: string; error: Error }];
  /** A pooled connection broke; the pool replaces it. */
  'pool:error': [{ error: Error }];
}

export type ConnectorEvents = EventEmitter<ConnectorEventMap>;

export function createEvents(): ConnectorEvents {
  return new EventEmitter<ConnectorEventMap>();
}
