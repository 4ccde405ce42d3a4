import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../timing.ts';

export interface DeliveryQueueOptions<Envelope> {
  /** Of the rule. */
  id: string;
  deliver(envelope: Envelope): Promise<void>;
  /** Called after each successful delivery. */
  onDelivered(journalEntry: number | undefined): void;
  /** Whether the next start of the broker finds unfinished deliveries in a journal. */
  isJournaled: boolean;
  /** See RuleOptions. */
  reorderWithin: number;
  duplicateShare: number;
  timing: Timing;
  log: Log;
}

interface Delivery<Envelope> {
  envelope: Envelope;
  journalEntry: number | undefined;
  failures: number;
}

/**
 * Delivers in order of arrival unless a delivery fails; retries failures until the broker closes.
 */
export class DeliveryQueue<Envelope> {
  readonly #options: DeliveryQueueOptions<Envelope>;
  #pending: Delivery<Envelope>[] = [];
  readonly #delayed = new Map<NodeJS.Timeout, Delivery<Envelope>>();
  readonly #inProgress = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: DeliveryQueueOptions<Envelope>) {
    this.#options = options;
  }

  /** @throws WireError 42925 when the queue is full: an acknowledged publish must not be dropped */
  ensureRoom(): void {
    if (this.#pending.length + this.#delayed.size < limits.ruleQueueLength) return;
    throw new WireError(
      Code.integrationBusy,
      `${limits.ruleQueueLength} deliveries of ${this.#options.id} are pending; publish again later`,
    );
  }

  add(envelope: Envelope, journalEntry: number | undefined): void {
    const { reorderWithin, duplicateShare } = this.#options;
    const times = Math.random() < duplicateShare ? 2 : 1;
    for (let n = 0; n < times; n += 1) {
      this.#deliverIn(Math.random() * reorderWithin, { envelope, journalEntry, failures: 0 });
    }
  }

  /**
   * Attempts pending deliveries once more, then logs how many are unfinished.
   * @param timeout ms
   */
  async close(timeout: number): Promise<void> {
    this.#isClosed = true;
    for (const [timer, delivery] of this.#delayed) {
      clearTimeout(timer);
      this.#pending.push(delivery);
    }
    this.#delayed.clear();
    this.#startDeliveries();
    const deadline = AbortSignal.timeout(timeout);
    const timedOut = new Promise((resolve) => deadline.addEventListener('abort', resolve));
    while (this.#inProgress.size > 0 && !deadline.aborted) {
      await Promise.race([timedOut, ...this.#inProgress]);
    }
    this.#giveUp(this.#pending.length + this.#inProgress.size);
    this.#pending = [];
  }

  #deliverIn(delay: number, delivery: Delivery<Envelope>): void {
    if (delay === 0) {
      this.#pending.push(delivery);
      return this.#startDeliveries();
    }
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#deliverIn(0, delivery);
    }, delay);
    this.#delayed.set(timer, delivery);
  }

  #startDeliveries(): void {
    while (this.#inProgress.size < limits.ruleConcurrency) {
      const delivery = this.#pending.shift();
      if (!delivery) return;
      const attempt = this.#attempt(delivery).finally(() => {
        this.#inProgress.delete(attempt);
        this.#startDeliveries();
      });
      this.#inProgress.add(attempt);
    }
  }

  async #attempt(delivery: Delivery<Envelope>): Promise<void> {
    const { deliver, onDelivered, id, timing, log } = this.#options;
    try {
      await deliver(delivery.envelope);
      onDelivered(delivery.journalEntry);
    } catch (error) {
      delivery.failures += 1;
      const { failures } = delivery;
      log('warn', 'rule.failed', { rule: id, failures, error: String(error) });
      if (this.#isClosed) return this.#giveUp(1);
      const delay = Math.min(timing.ruleRetryFirst * 2 ** (failures - 1), timing.ruleRetryMax);
      this.#deliverIn(delay * (0.8 + 0.4 * Math.random()), delivery); // ±20 % spreads retries
    }
  }

  #giveUp(deliveries: number): void {
    const { id, isJournaled, log } = this.#options;
    if (deliveries === 0) return;
    if (isJournaled) log('info', 'rule.postponed', { rule: id, deliveries });
    else log('error', 'rule.abandoned', { rule: id, deliveries });
  }
}
