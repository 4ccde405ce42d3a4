import type { AblyEnvelope } from '@chat/contract';
import type { Log } from '../log.ts';

export interface DeliveryQueueOptions {
  id: string;
  deliver(envelope: AblyEnvelope): Promise<void>;
  log: Log;
  /** Deliveries in progress at once. */
  concurrency: number;
  /** Envelopes that wait at most; one more is dropped, loudly. */
  capacity: number;
  /** Delay in ms after the first failure. It doubles with each, up to the largest, and ±20 % keeps retries apart. */
  firstDelay: number;
  largestDelay: number;
}

interface Delivery {
  envelope: AblyEnvelope;
  failures: number;
}

/** Delivers in order of arrival where nothing fails; what fails is tried again, for as long as the broker runs. */
export class DeliveryQueue {
  readonly #options: DeliveryQueueOptions;
  readonly #waiting: Delivery[] = [];
  readonly #retryTimers = new Map<NodeJS.Timeout, Delivery>();
  readonly #inProgress = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: DeliveryQueueOptions) {
    this.#options = options;
  }

  add(envelope: AblyEnvelope): void {
    const { capacity, id, log } = this.#options;
    if (this.#waiting.length + this.#retryTimers.size >= capacity) {
      log('error', 'rule.dropped', { rule: id, channel: envelope.channel, capacity });
      return;
    }
    this.#enqueue({ envelope, failures: 0 });
  }

  /** Delivers what waits, without further retries, for at most so many ms; then logs what was given up. */
  async close(patience: number): Promise<void> {
    this.#isClosed = true;
    for (const [timer, delivery] of this.#retryTimers) {
      clearTimeout(timer);
      this.#waiting.push(delivery);
    }
    this.#retryTimers.clear();
    this.#startDeliveries();
    const deadline = AbortSignal.timeout(patience);
    const timedOut = new Promise((resolve) => deadline.addEventListener('abort', resolve));
    while (this.#inProgress.size > 0 && !deadline.aborted) {
      await Promise.race([timedOut, ...this.#inProgress]);
    }
    const lost = this.#waiting.splice(0).length + this.#inProgress.size;
    if (lost > 0) this.#options.log('error', 'rule.abandoned', { rule: this.#options.id, deliveries: lost });
  }

  #enqueue(delivery: Delivery): void {
    this.#waiting.push(delivery);
    this.#startDeliveries();
  }

  #startDeliveries(): void {
    while (this.#inProgress.size < this.#options.concurrency) {
      const delivery = this.#waiting.shift();
      if (!delivery) return;
      const attempt = this.#attempt(delivery).finally(() => {
        this.#inProgress.delete(attempt);
        this.#startDeliveries();
      });
      this.#inProgress.add(attempt);
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { deliver, id, log } = this.#options;
    try {
      await deliver(delivery.envelope);
    } catch (error) {
      delivery.failures += 1;
      const { envelope, failures } = delivery;
      log('warn', 'rule.failed', { rule: id, channel: envelope.channel, failures, error: String(error) });
      if (this.#isClosed) log('error', 'rule.abandoned', { rule: id, deliveries: 1 });
      else this.#retryLater(delivery);
    }
  }

  #retryLater(delivery: Delivery): void {
    const { firstDelay, largestDelay } = this.#options;
    const delay = Math.min(firstDelay * 2 ** (delivery.failures - 1), largestDelay);
    const timer = setTimeout(
      () => {
        this.#retryTimers.delete(timer);
        this.#enqueue(delivery);
      },
      delay * (0.8 + 0.4 * Math.random()),
    );
    this.#retryTimers.set(timer, delivery);
  }
}
