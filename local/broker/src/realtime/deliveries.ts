import { announceAttached, announceMembers } from '../channels/announce.ts';
import type { Attachment } from '../channels/attachment.ts';
import type { ConnectionLimits } from '../plan/connection-limits.ts';

/**
 * What is delivered on one transport under a plan. Messages beyond the rate are dropped until the
 * second ends. Then, and before the next message, the client is notified on each channel that lost
 * some: ATTACHED without RESUMED, with error 80020. Ably documents the error, not its moment.
 */
export class Deliveries {
  readonly #limits: ConnectionLimits;
  readonly #now: () => number;
  readonly #interrupted = new Set<Attachment>();
  #second = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: ConnectionLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Returns how many of the next `count` messages or presence events may be delivered now. */
  take(attachment: Attachment, count: number): number {
    const now = this.#now();
    if (this.#interrupted.size > 0 && secondOf(now) !== this.#second) this.#notify();
    const admitted = this.#limits.deliverable(count, now);
    if (admitted < count) this.#interrupt(attachment, now);
    return admitted;
  }

  /** To be called when the transport has closed. */
  close(): void {
    clearTimeout(this.#timer);
    this.#interrupted.clear();
  }

  #interrupt(attachment: Attachment, now: number): void {
    this.#interrupted.add(attachment);
    this.#second = secondOf(now);
    this.#timer ??= setTimeout(() => this.#notify(), 1_000 - (now % 1_000));
  }

  #notify(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const attachments = [...this.#interrupted].filter((each) => each.channel.attachments.has(each));
    this.#interrupted.clear();
    for (const attachment of attachments) {
      announceAttached(attachment, 0, this.#limits.continuityLost());
      if (attachment.hasPresence) announceMembers(attachment, this.#now());
    }
  }
}

const secondOf = (ms: number) => Math.floor(ms / 1_000);
