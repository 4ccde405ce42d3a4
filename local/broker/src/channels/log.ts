import { limits } from '../limits.ts';
import type { Entry, MessageEntry, StoredMessage } from './entry.ts';
import type { Serial } from './serial.ts';

/** The recent past of a channel, oldest first. Everything after `horizon` is still here. */
export class ChannelLog {
  #entries: Entry[] = [];
  #bytes = 0;
  #horizon: Serial;
  readonly #byId = new Map<string, StoredMessage>();

  constructor(horizon: Serial) {
    this.#horizon = horizon;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  append(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += sizeOf(entry);
    if (entry.kind === 'message') for (const message of entry.items) this.#byId.set(message.id, message);
    const isFull =
      this.#entries.length > limits.logEntriesPerChannel || this.#bytes > limits.logBytesPerChannel;
    if (isFull) this.#drop(Math.ceil(this.#entries.length / 10));
  }

  /** The message that was stored under an id, so that a repeated publish changes nothing. */
  messageWithId(id: string): StoredMessage | undefined {
    return this.#byId.get(id);
  }

  reachesBackTo(serial: Serial): boolean {
    return serial >= this.#horizon;
  }

  /** Messages after a position, oldest first. */
  messagesAfter(serial: Serial): MessageEntry[] {
    let start = this.#entries.length;
    while (start > 0 && (this.#entries[start - 1]?.serial ?? '') > serial) start -= 1;
    return this.#entries.slice(start).filter((entry) => entry.kind === 'message');
  }

  messages(): MessageEntry[] {
    return this.#entries.filter((entry) => entry.kind === 'message');
  }

  /** Forgets what is older than a time. */
  prune(oldest: number): void {
    const kept = this.#entries.findIndex((entry) => entry.timestamp >= oldest);
    this.#drop(kept === -1 ? this.#entries.length : kept);
  }

  #drop(count: number): void {
    for (const entry of this.#entries.splice(0, count)) {
      this.#horizon = entry.serial;
      this.#bytes -= sizeOf(entry);
      if (entry.kind === 'message') for (const message of entry.items) this.#byId.delete(message.id);
    }
  }
}

/** Bytes that an entry takes up, roughly: what its items weigh, and what each costs besides. */
const sizeOf = ({ size, items }: Entry) => size + items.length * 500;
