import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Account } from '../plan/account.ts';
import type { Timing } from '../timing.ts';

export interface InvocationsOptions<Envelope> {
  /** Of the rule. */
  id: string;
  deliver(envelope: Envelope): Promise<void>;
  /** Called for each envelope that will never be delivered. */
  onLost(envelope: Envelope, reason: WireError): void;
  /** See RuleOptions. */
  reorderWithin: number;
  duplicateShare: number;
  account: Account;
  timing: Timing;
  log: Log;
}

interface Invocation<Envelope> {
  envelope: Envelope;
  failures: number;
}

/**
 * Invokes the target of a rule as Ably does in single request mode: so many invocations at once, up
 * to 10 that wait, and a failed one is retried after 4 s and after 20 s. Everything else is lost,
 * although its publish was acknowledged. The order is not preserved.
 *
 * Ably documents neither whether a retry needs a place like a new invocation, nor what becomes of
 * waiting ones at a restart: here it needs one, and they are lost.
 */
export class Invocations<Envelope> {
  readonly #options: InvocationsOptions<Envelope>;
  #waiting: Invocation<Envelope>[] = [];
  readonly #delayed = new Map<NodeJS.Timeout, Invocation<Envelope>>();
  readonly #inFlight = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: InvocationsOptions<Envelope>) {
    this.#options = options;
  }

  /** A publish is never rejected for the sake of a rule. */
  ensureRoom(): void {}

  add(envelope: Envelope): void {
    const { reorderWithin, duplicateShare } = this.#options;
    const times = Math.random() < duplicateShare ? 2 : 1;
    for (let n = 0; n < times; n += 1) {
      this.#invokeIn(Math.random() * reorderWithin, { envelope, failures: 0 });
    }
  }

  /**
   * Waits for the invocations in flight; all others are lost.
   * @param timeout ms
   */
  async close(timeout: number): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#delayed.keys()) clearTimeout(timer);
    const reason = new WireError(Code.integrationFailed, 'The broker was stopped');
    for (const { envelope } of [...this.#waiting, ...this.#delayed.values()]) {
      this.#options.onLost(envelope, reason);
    }
    this.#waiting = [];
    this.#delayed.clear();
    const timedOut = new Promise((resolve) => setTimeout(resolve, timeout).unref());
    await Promise.race([timedOut, Promise.all(this.#inFlight)]);
  }

  #invokeIn(delay: number, invocation: Invocation<Envelope>): void {
    if (delay === 0) return this.#invoke(invocation);
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#invoke(invocation);
    }, delay);
    this.#delayed.set(timer, invocation);
  }

  #invoke(invocation: Invocation<Envelope>): void {
    const { account, id, onLost } = this.#options;
    if (this.#inFlight.size < account.plan.invocationsInFlight) return this.#start(invocation);
    if (this.#waiting.length < limits.waitingInvocations) return void this.#waiting.push(invocation);
    onLost(invocation.envelope, account.exceeded('invocationsInFlight', `rule:${id}`));
  }

  #start(invocation: Invocation<Envelope>): void {
    const attempt = this.#attempt(invocation).finally(() => {
      this.#inFlight.delete(attempt);
      const next = this.#waiting.shift();
      if (next) this.#start(next);
    });
    this.#inFlight.add(attempt);
  }

  async #attempt(invocation: Invocation<Envelope>): Promise<void> {
    const { deliver, onLost, id, timing, log } = this.#options;
    try {
      await deliver(invocation.envelope);
    } catch (error) {
      const delay = this.#isClosed ? undefined : timing.invocationRetries[invocation.failures];
      invocation.failures += 1;
      log('info', 'rule.failed', { rule: id, failures: invocation.failures, error: String(error) });
      if (delay !== undefined) return this.#invokeIn(delay, invocation);
      const reason = `The target failed ${invocation.failures} times, the last time with: ${String(error)}`;
      onLost(invocation.envelope, new WireError(Code.integrationFailed, reason));
    }
  }
}
