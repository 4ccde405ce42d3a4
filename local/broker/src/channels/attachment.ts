import { Mode } from '../protocol/actions.ts';
import { encode, type Format } from '../protocol/codec.ts';
import type { OutboundFrame } from '../protocol/frames.ts';
import type { Channel, ChannelAttachment } from './channel.ts';
import { EntryFrames, type Entry } from './entry.ts';
import { matching } from './filter.ts';
import type { AttachOptions } from './params.ts';
import type { Serial } from './serial.ts';

/** The client that an attachment sends frames to. */
export interface Recipient {
  readonly connectionId: string;
  /** Whether the connection wants to receive its own messages. */
  readonly echo: boolean;
  readonly format: Format;
  /** Absent in a plan without limits. */
  readonly deliveries?: { take(attachment: Attachment, count: number): number } | undefined;
  sendBytes(bytes: Buffer): void;
}

/** One transport's attachment to one channel. It ends with the transport. */
export class Attachment implements ChannelAttachment {
  readonly channel: Channel;

  /** The channel name as the client wrote it, including any qualifier. */
  readonly name: string;
  readonly recipient: Recipient;
  options: AttachOptions;
  modes: number;

  /** The recipient has received everything up to this position. */
  #cursor: Serial;

  constructor(
    channel: Channel,
    name: string,
    recipient: Recipient,
    options: AttachOptions,
    modes: number,
    from: Serial,
  ) {
    this.channel = channel;
    this.name = name;
    this.recipient = recipient;
    this.options = options;
    this.modes = modes;
    this.#cursor = from;
  }

  get cursor(): Serial {
    return this.#cursor;
  }

  get connectionId(): string {
    return this.recipient.connectionId;
  }

  has(mode: number): boolean {
    return (this.modes & mode) !== 0;
  }

  get occupancy(): string | undefined {
    return this.options.accepted.occupancy;
  }

  /** Whether to announce presence members to the recipient. */
  get hasPresence(): boolean {
    return this.has(Mode.presence_subscribe) && this.channel.presence.size > 0;
  }

  send(frame: OutboundFrame): void {
    this.recipient.sendBytes(encode({ ...frame, channel: this.name }, this.recipient.format));
  }

  deliver(frames: EntryFrames): void {
    const { entry } = frames;
    const isOwn = entry.connectionId === this.connectionId;
    const isWanted =
      entry.kind === 'message'
        ? this.has(Mode.subscribe) && !(isOwn && !(this.recipient.echo && this.options.echo))
        : // Own members are always delivered.
          this.has(Mode.presence_subscribe) || (isOwn && !this.options.filter);
    const part = isWanted ? this.#matching(frames) : undefined;
    if (part) this.#deliver(part);
    this.#cursor = entry.serial;
  }

  #matching(frames: EntryFrames): EntryFrames | undefined {
    const { filter } = this.options;
    if (!filter || frames.entry.kind !== 'message') return frames;
    const entry = matching(frames.entry, filter);
    return entry && new EntryFrames(entry);
  }

  /** Drops what exceeds the rate of the plan. */
  #deliver(frames: EntryFrames): void {
    const { deliveries, format } = this.recipient;
    const { entry } = frames;
    const count = deliveries?.take(this, entry.items.length) ?? entry.items.length;
    if (count === 0) return;
    const admitted = count === entry.items.length ? frames : new EntryFrames(firstOf(entry, count));
    this.recipient.sendBytes(admitted.bytes(this.name, format));
  }
}

const firstOf = (entry: Entry, count: number) => ({ ...entry, items: entry.items.slice(0, count) }) as Entry;
