import { Mode } from '../protocol/actions.ts';
import type { Format } from '../protocol/codec.ts';
import type { Channel, ChannelAttachment } from './channel.ts';
import type { EntryFrames } from './entry.ts';
import type { AttachOptions } from './params.ts';
import type { Serial } from './serial.ts';

/** The client that an attachment sends frames to. */
export interface Recipient {
  readonly connectionId: string;
  /** Whether the connection wants to receive its own messages. */
  readonly echo: boolean;
  readonly format: Format;
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

  /** Whether to announce presence members to the recipient. */
  get hasPresence(): boolean {
    return this.has(Mode.presence_subscribe) && this.channel.presence.size > 0;
  }

  deliver(frames: EntryFrames): void {
    const { entry } = frames;
    this.#cursor = entry.serial;
    const isOwn = entry.connectionId === this.connectionId;
    const isWanted =
      entry.kind === 'message'
        ? this.has(Mode.subscribe) && !(isOwn && !(this.recipient.echo && this.options.echo))
        : this.has(Mode.presence_subscribe) || isOwn; // own members are always delivered
    if (isWanted) this.recipient.sendBytes(frames.bytes(this.name, this.recipient.format));
  }
}
