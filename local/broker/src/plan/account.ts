import type { WireError } from '../errors.ts';
import type { Log } from '../log.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { LimitHits } from './hits.ts';
import { limitError } from './limit-error.ts';
import { planNamed, type LimitName, type Plan } from './plans.ts';
import { Proportion, SecondWindow } from './rate.ts';

export interface AccountOptions {
  plan: Plan;
  /** Returns ms since the epoch. */
  now: () => number;
  log: Log;
}

/** The account to which all apps of the broker belong, with what it uses of its plan. */
export class Account {
  readonly plan: Plan;
  readonly hits: LimitHits;
  /** Deliveries of rules that will never happen. */
  lostDeliveries = 0;
  readonly #now: () => number;
  readonly #messages: Proportion | undefined;
  readonly #requests: Proportion | undefined;
  readonly #tokenRequests: Proportion | undefined;
  readonly #invocations: Proportion | undefined;
  readonly #newConnections: SecondWindow | undefined;
  #connections = 0;
  #month = '';
  #monthlyMessages = 0;

  constructor({ plan, now, log }: AccountOptions) {
    this.plan = plan;
    this.hits = new LimitHits(log);
    this.#now = now;
    this.#messages = proportion(plan.accountMessages);
    this.#requests = proportion(plan.requests);
    this.#tokenRequests = proportion(plan.tokenRequests);
    this.#invocations = proportion(plan.invocations);
    this.#newConnections = secondWindow(plan.newConnections);
  }

  /** An account without limits of rates, which costs nothing. */
  static unlimited(): Account {
    return new Account({ plan: planNamed('none'), now: Date.now, log: () => undefined });
  }

  /** Returns the publish rate of a new channel, unless it is unlimited. */
  channelRate(): SecondWindow | undefined {
    return secondWindow(this.plan.channelPublishes);
  }

  /** Returns the rates of a new connection, unless all of them are unlimited. */
  connectionLimits(connectionId: string): ConnectionLimits | undefined {
    const { connectionFrames, connectionPublishes, connectionPublishAttempts, connectionDeliveries } =
      this.plan;
    const rates = [connectionFrames, connectionPublishes, connectionPublishAttempts, connectionDeliveries];
    if (rates.every((rate) => rate === Infinity)) return undefined;
    return new ConnectionLimits(this.plan, connectionId, this.hits);
  }

  /**
   * Counts a publish, or a change of presence, before anything is stored.
   * @param channel its name
   * @param rate that of the channel, which counts the publish once
   * @param messages the messages that it contains
   * @param recipients attachments, each of which receives them: Ably counts messages in and out
   * @throws WireError 42913, 42917 or 40112
   */
  admitPublish(channel: string, rate: SecondWindow | undefined, messages: number, recipients: number): void {
    if (!rate && !this.#messages && this.plan.monthlyMessages === Infinity) return;
    const now = this.#now();
    if (rate?.take(now) === 0) throw this.exceeded('channelPublishes', `channel:${channel}`);
    const total = messages * (1 + recipients);
    this.ensureNotBlocked();
    if (this.#messages?.admits(now, total) === false) throw this.exceeded('accountMessages', ACCOUNT);
    this.#monthlyMessages += total;
  }

  /** @throws WireError 40112 once the messages of the month are used up, counted from the start */
  ensureNotBlocked(): void {
    const { monthlyMessages } = this.plan;
    if (monthlyMessages === Infinity) return;
    const now = this.#now();
    const month = new Date(now).toISOString().slice(0, 7);
    if (month !== this.#month) [this.#month, this.#monthlyMessages] = [month, 0];
    if (this.#monthlyMessages >= monthlyMessages) throw this.exceeded('monthlyMessages', ACCOUNT);
  }

  /**
   * Counts an open connection until the returned function is called.
   * @param isNew false for one that was resumed, which is not a new one for Ably
   * @throws WireError 40111, 80021 or 40112
   */
  admitConnection(isNew: boolean): () => void {
    this.ensureNotBlocked();
    const now = this.#now();
    if (this.#connections >= this.plan.connections) throw this.exceeded('connections', ACCOUNT);
    if (isNew && this.#newConnections?.take(now) === 0) {
      throw this.exceeded('newConnections', ACCOUNT);
    }
    this.#connections += 1;
    return () => (this.#connections -= 1);
  }

  /**
   * To be called before a channel without attachments gets one.
   * @param active counts the channels of the account that have attachments
   * @throws WireError 40114
   */
  admitChannel(active: () => number): void {
    if (this.plan.channels === Infinity || active() < this.plan.channels) return;
    throw this.exceeded('channels', ACCOUNT);
  }

  /** @throws WireError 42918 or 40112 */
  admitRequest(kind: 'requests' | 'tokenRequests'): void {
    const rate = kind === 'requests' ? this.#requests : this.#tokenRequests;
    if (!rate) return;
    this.ensureNotBlocked();
    const now = this.#now();
    if (!rate.admits(now)) throw this.exceeded(kind, ACCOUNT);
  }

  /** Returns false for an invocation of a rule that is dropped. The caller records the loss. */
  admitsInvocation(): boolean {
    return this.#invocations?.admits(this.#now()) ?? true;
  }

  /** Records that a limit was exceeded, and returns the error to throw; see limitError. */
  exceeded(name: LimitName, scope: string, found?: number, permitted: number = this.plan[name]): WireError {
    this.hits.record(name, scope, this.#now());
    return limitError(name, permitted, scope, found);
  }
}

const ACCOUNT = 'account';

const proportion = (limit: number) => (limit === Infinity ? undefined : new Proportion(limit));
const secondWindow = (limit: number) => (limit === Infinity ? undefined : new SecondWindow(limit));
