import { Mode } from '../protocol/actions.ts';
import type { Format } from '../protocol/codec.ts';
import type { Channel } from './channel.ts';
import type { EntryFrames } from './entry.ts';
import type { AttachOptions } from './params.ts';
import type { Serial } from './serial.ts';

/** What a channel needs to know of whoever listens. */
export interface Subscriber {
  readonly connectionId: string;
  /** Whether the connection wants its own messages back. */
  readonly echo: boolean;
  readonly format: Format;
  sendBytes(bytes: Buffer): void;
}

/** One transport's view of one channel. It ends with the transport: after a drop, the client attaches anew. */
export class Attachment {
  readonly channel: Channel;

  /** The name as the client wrote it, with any qualifier. */
  readonly name: string;
  readonly subscriber: Subscriber;
  options: AttachOptions;
  modes: number;

  /** Up to here, this transport has everything. */
  #cursor: Serial;

  constructor(
    channel: Channel,
    name: string,
    subscriber: Subscriber,
    options: AttachOptions,
    modes: number,
    from: Serial,
  ) {
    this.channel = channel;
    this.name = name;
    this.subscriber = subscriber;
    this.options = options;
    this.modes = modes;
    this.#cursor = from;
  }

  get cursor(): Serial {
    return this.#cursor;
  }

  has(mode: number): boolean {
    return (this.modes & mode) !== 0;
  }

  /** Whether this subscriber is to be told who is present. */
  get hasPresence(): boolean {
    return this.has(Mode.presence_subscribe) && this.channel.presence.size > 0;
  }

  deliver(frames: EntryFrames): void {
    const { entry } = frames;
    this.#cursor = entry.serial;
    const isOwn = entry.connectionId === this.subscriber.connectionId;
    const wanted =
      entry.kind === 'message'
        ? this.has(Mode.subscribe) && !(isOwn && !(this.subscriber.echo && this.options.echo))
        : this.has(Mode.presence_subscribe) || isOwn; // owners always hear of their own members
    if (wanted) this.subscriber.sendBytes(frames.bytes(this.name, this.subscriber.format));
  }
}
