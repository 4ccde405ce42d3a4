import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../timing.ts';

export interface DeliveryQueueOptions<Envelope> {
  id: string;
  deliver(envelope: Envelope): Promise<void>;
  /** Hears of each delivery that was made. */
  onDelivered(journalEntry: number | undefined): void;
  /** Whether what is left over at the end will be known to the next start. */
  isKept: boolean;
  /** Test switches, as RuleOptions has them. */
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

/** Delivers in order of arrival where nothing fails; what fails is tried again, for as long as the broker runs. */
export class DeliveryQueue<Envelope> {
  readonly #options: DeliveryQueueOptions<Envelope>;
  #waiting: Delivery<Envelope>[] = [];
  readonly #later = new Map<NodeJS.Timeout, Delivery<Envelope>>();
  readonly #inProgress = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: DeliveryQueueOptions<Envelope>) {
    this.#options = options;
  }

  /** @throws WireError 42925: better to refuse a publish than to acknowledge and drop it */
  ensureRoom(): void {
    if (this.#waiting.length + this.#later.size < limits.ruleQueueLength) return;
    throw new WireError(
      Code.integrationBusy,
      `${limits.ruleQueueLength} deliveries wait for ${this.#options.id}; its target must take some first`,
    );
  }

  add(envelope: Envelope, journalEntry: number | undefined): void {
    const { reorderWithin, duplicateShare } = this.#options;
    const times = Math.random() < duplicateShare ? 2 : 1;
    for (let n = 0; n < times; n += 1) {
      this.#deliverIn(Math.random() * reorderWithin, { envelope, journalEntry, failures: 0 });
    }
  }

  /** Delivers what waits, without further retries, for at most so many ms; then says what is left over. */
  async close(patience: number): Promise<void> {
    this.#isClosed = true;
    for (const [timer, delivery] of this.#later) {
      clearTimeout(timer);
      this.#waiting.push(delivery);
    }
    this.#later.clear();
    this.#startDeliveries();
    const deadline = AbortSignal.timeout(patience);
    const timedOut = new Promise((resolve) => deadline.addEventListener('abort', resolve));
    while (this.#inProgress.size > 0 && !deadline.aborted) {
      await Promise.race([timedOut, ...this.#inProgress]);
    }
    this.#giveUp(this.#waiting.length + this.#inProgress.size);
    this.#waiting = [];
  }

  #deliverIn(delay: number, delivery: Delivery<Envelope>): void {
    if (delay === 0) {
      this.#waiting.push(delivery);
      return this.#startDeliveries();
    }
    const timer = setTimeout(() => {
      this.#later.delete(timer);
      this.#deliverIn(0, delivery);
    }, delay);
    this.#later.set(timer, delivery);
  }

  #startDeliveries(): void {
    while (this.#inProgress.size < limits.ruleConcurrency) {
      const delivery = this.#waiting.shift();
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
      const delay = Math.min(timing.ruleRetryFirst * 2 ** (failures - 1), timing.ruleRetryLargest);
      this.#deliverIn(delay * (0.8 + 0.4 * Math.random()), delivery); // ±20 % keeps retries apart
    }
  }

  #giveUp(deliveries: number): void {
    const { id, isKept, log } = this.#options;
    if (deliveries === 0) return;
    if (isKept) log('info', 'rule.postponed', { rule: id, deliveries });
    else log('error', 'rule.abandoned', { rule: id, deliveries });
  }
}
