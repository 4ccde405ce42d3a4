import { limits } from '../limits.ts';
import type { Entry, MessageEntry, StoredMessage } from './entry.ts';
import type { Memory, Remembering } from './memory.ts';
import type { Serial } from './serial.ts';

/**
 * The recent entries of a channel, oldest first: complete from `horizon` on. Of ephemeral messages
 * it stores only the ids, which make publishing idempotent; no reader receives them from here.
 */
export class ChannelLog implements Remembering {
  #entries: Entry[] = [];
  #bytes = 0;
  #horizon: Serial;
  readonly #byId = new Map<string, StoredMessage>();
  readonly #memory: Memory;

  /** @throws WireError 90010 when the memory has too many channels */
  constructor(horizon: Serial, memory: Memory) {
    this.#horizon = horizon;
    this.#memory = memory;
    memory.register(this);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** What the history consists of. */
  get entries(): readonly Entry[] {
    return this.#entries.filter(({ isEphemeral }) => !isEphemeral);
  }

  append(added: Entry): void {
    const entry = added.kind === 'message' && added.isEphemeral ? idsOf(added) : added;
    this.#entries.push(entry);
    this.#bytes += sizeOf(entry);
    this.#memory.changed(this, sizeOf(entry));
    if (entry.kind === 'message') for (const message of entry.items) this.#byId.set(message.id, message);
    const isFull =
      this.#entries.length > limits.logEntriesPerChannel || this.#bytes > limits.logBytesPerChannel;
    if (isFull) this.dropOldest();
  }

  /** Discards a tenth. */
  dropOldest(): void {
    this.#drop(Math.ceil(this.#entries.length / 10));
  }

  /** To be called when its channel is discarded. */
  release(): void {
    this.#memory.release(this);
  }

  /** Finds the duplicate of a message that is published again. */
  messageWithId(id: string): StoredMessage | undefined {
    return this.#byId.get(id);
  }

  reachesBackTo(serial: Serial): boolean {
    return serial >= this.#horizon;
  }

  /** Returns the messages after a position, oldest first. */
  messagesAfter(serial: Serial): MessageEntry[] {
    let start = this.#entries.length;
    while (start > 0 && (this.#entries[start - 1]?.serial ?? '') > serial) start -= 1;
    return this.#entries.slice(start).filter(isStoredMessage);
  }

  messages(): MessageEntry[] {
    return this.#entries.filter(isStoredMessage);
  }

  /** Discards entries older than `oldest`, ms since the epoch. */
  prune(oldest: number): void {
    const firstKept = this.#entries.findIndex((entry) => entry.timestamp >= oldest);
    this.#drop(firstKept === -1 ? this.#entries.length : firstKept);
  }

  #drop(count: number): void {
    for (const entry of this.#entries.splice(0, count)) {
      this.#horizon = entry.serial;
      this.#bytes -= sizeOf(entry);
      this.#memory.changed(this, -sizeOf(entry));
      if (entry.kind === 'message') for (const message of entry.items) this.#byId.delete(message.id);
    }
  }
}

const isStoredMessage = (entry: Entry): entry is MessageEntry =>
  entry.kind === 'message' && !entry.isEphemeral;

const idsOf = (entry: MessageEntry): MessageEntry => ({
  ...entry,
  size: 0,
  items: entry.items.map(({ id, serial, timestamp }) => ({ id, serial, timestamp })),
});

/** Estimates the memory of an entry in bytes: content, and overhead per item. */
const sizeOf = ({ size, items }: Entry) => size + items.length * 500;
