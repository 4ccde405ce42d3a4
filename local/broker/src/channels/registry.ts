import { Channel, type ChannelOptions } from './channel.ts';
import { parseSerial, type Serial } from './serial.ts';

/** The channels of one app, created on first use. */
export class ChannelRegistry {
  readonly #channels = new Map<string, Channel>();
  readonly #options: ChannelOptions;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  /** @throws WireError 90010 when a new channel would be one too many */
  get(name: string): Channel {
    let channel = this.#channels.get(name);
    if (!channel) this.#channels.set(name, (channel = new Channel(name, this.#options)));
    return channel;
  }

  find(name: string): Channel | undefined {
    return this.#channels.get(name);
  }

  /** Returns the number of channels with attachments. */
  active(): number {
    return [...this.#channels.values()].filter(({ attachments }) => attachments.size > 0).length;
  }

  /** Parses a client's serial; undefined unless a channel of this app issued it. */
  parseSerial(text: string): Serial | undefined {
    return parseSerial(text, this.#options.series);
  }

  /** Discards expired messages, and channels on which no client can still resume. */
  prune(now: number): void {
    for (const [name, channel] of this.#channels) if (channel.prune(now)) this.#discard(name, channel);
  }

  /** To be called when the app is deleted. */
  discardAll(): void {
    for (const [name, channel] of this.#channels) this.#discard(name, channel);
  }

  #discard(name: string, channel: Channel): void {
    this.#channels.delete(name);
    channel.log.release();
  }
}
