import { limits } from '../limits.ts';
import type { OutboundFrame } from '../protocol/frames.ts';
import { BoundedMap } from './bounded-map.ts';

/**
 * The ACK or NACK of each msgSerial. After a drop, a client repeats unanswered frames under the
 * same msgSerial; it must get the first reply, and the frame must have no second effect.
 */
export class Replies {
  readonly #replies = new BoundedMap<number, OutboundFrame>(limits.rememberedReplies);
  #highest = -1;

  /** Returns true for an answered msgSerial, even when its reply has been evicted. */
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
