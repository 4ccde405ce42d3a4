import type { WireError } from '../errors.ts';
import type { LimitHits } from './hits.ts';
import { limitError } from './limit-error.ts';
import type { LimitName, Plan } from './plans.ts';
import { SecondWindow } from './rate.ts';

/** The rates of one connection. They outlive its transports, so that a reconnect resets none. */
export class ConnectionLimits {
  readonly #frames: SecondWindow;
  readonly #attempts: SecondWindow;
  readonly #publishes: SecondWindow;
  readonly #deliveries: SecondWindow;
  readonly #hits: LimitHits;
  readonly #scope: string;

  constructor(plan: Plan, connectionId: string, hits: LimitHits) {
    this.#frames = new SecondWindow(plan.connectionFrames);
    this.#attempts = new SecondWindow(plan.connectionPublishAttempts);
    this.#publishes = new SecondWindow(plan.connectionPublishes);
    this.#deliveries = new SecondWindow(plan.connectionDeliveries);
    this.#hits = hits;
    this.#scope = `connection:${connectionId}`;
  }

  /**
   * Counts an inbound frame. Returns the reason for closing the connection, if there is one: 42924,
   * or 42921 for a publish.
   * @param isPublish whether it carries messages or presence events; Ably names both "messages"
   */
  closes(isPublish: boolean, now: number): WireError | undefined {
    if (!this.#frames.take(now)) return this.#exceeded('connectionFrames', this.#frames, now);
    if (!isPublish || this.#attempts.take(now)) return undefined;
    return this.#exceeded('connectionPublishAttempts', this.#attempts, now);
  }

  /**
   * Counts a publish: one frame, however many messages it carries.
   * @throws WireError 42911
   */
  ensurePublishRate(now: number): void {
    if (!this.#publishes.take(now)) throw this.#exceeded('connectionPublishes', this.#publishes, now);
  }

  /** Returns how many of `count` messages may be delivered now; the others must be dropped. */
  deliverable(count: number, now: number): number {
    const admitted = this.#deliveries.take(now, count);
    const dropped = count - admitted;
    if (dropped > 0) this.#hits.record('connectionDeliveries', this.#scope, now, dropped);
    return admitted;
  }

  /** Returns the error 80020, for the channel that lost messages. */
  continuityLost(): WireError {
    return limitError('connectionDeliveries', this.#deliveries.limit, this.#scope);
  }

  #exceeded(name: LimitName, { limit }: SecondWindow, now: number): WireError {
    this.#hits.record(name, this.#scope, now);
    return limitError(name, limit, this.#scope);
  }
}
