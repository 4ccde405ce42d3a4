import type { OutboundFrame } from '../protocol/frames.ts';

/**
 * How each publish was answered. After a drop, a client repeats under the same msgSerial what it got no answer for; it
 * must get the same answer, and nothing may happen twice.
 */
export class Replies {
  readonly #replies = new Map<number, OutboundFrame>();
  readonly #capacity: number;
  #highest = -1;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether this msgSerial was answered before, though the answer may be forgotten. */
  isRepeated(msgSerial: number): boolean {
    return msgSerial <= this.#highest;
  }

  get(msgSerial: number): OutboundFrame | undefined {
    return this.#replies.get(msgSerial);
  }

  remember(msgSerial: number, reply: OutboundFrame): void {
    this.#highest = msgSerial;
    this.#replies.set(msgSerial, reply);
    const [oldest] = this.#replies.keys();
    if (this.#replies.size > this.#capacity && oldest !== undefined) this.#replies.delete(oldest);
  }
}
