import { Recent } from '../channels/recent.ts';
import { limits } from '../limits.ts';
import type { OutboundFrame } from '../protocol/frames.ts';

/**
 * How each publish was answered. After a drop, a client repeats under the same msgSerial what it got no answer for; it
 * must get the same answer, and nothing may happen twice.
 */
export class Replies {
  readonly #replies = new Recent<number, OutboundFrame>(limits.rememberedReplies);
  #highest = -1;

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
  }
}
