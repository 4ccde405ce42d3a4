import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';

/** A log, as the memory that it shares with others sees it. */
export interface Remembering {
  readonly bytes: number;
  /** Discards its oldest entries, at least one. */
  dropOldest(): void;
}

/**
 * The memory that the channels of all apps share. Names of channels and messages come from outside,
 * so a client could otherwise fill as many channels as it can name, each up to its own limit.
 */
export class Memory {
  readonly #logs = new Set<Remembering>();
  readonly #maxBytes: number;
  readonly #maxChannels: number;
  #bytes = 0;

  constructor(maxBytes: number = limits.logBytes, maxChannels: number = limits.channels) {
    this.#maxBytes = maxBytes;
    this.#maxChannels = maxChannels;
  }

  /** @throws WireError 90010 when there are too many channels */
  register(log: Remembering): void {
    if (this.#logs.size >= this.#maxChannels) {
      throw new WireError(
        Code.tooManyChannels,
        `The broker has ${this.#maxChannels} channels, the maximum: unused ones are discarded after some minutes`,
      );
    }
    this.#logs.add(log);
  }

  release(log: Remembering): void {
    if (this.#logs.delete(log)) this.#bytes -= log.bytes;
  }

  /** Counts a change of a log. Beyond the limit, the largest logs lose their oldest entries. */
  changed(log: Remembering, bytes: number): void {
    // A released one may get a last entry, from a request that began before.
    if (!this.#logs.has(log)) return;
    this.#bytes += bytes;
    while (bytes > 0 && this.#bytes > this.#maxBytes) this.#largest()?.dropOldest();
  }

  #largest(): Remembering | undefined {
    let largest: Remembering | undefined;
    for (const log of this.#logs) if (!largest || log.bytes > largest.bytes) largest = log;
    return largest;
  }
}
