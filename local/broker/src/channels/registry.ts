import type { Timing } from '../timing.ts';
import { Channel } from './channel.ts';

/** The channels of one app; each exists from its first use until nobody could notice its absence. */
export class ChannelRegistry {
  readonly #channels = new Map<string, Channel>();
  readonly #series: string;
  readonly #timing: Timing;

  constructor(series: string, timing: Timing) {
    this.#series = series;
    this.#timing = timing;
  }

  get(name: string): Channel {
    let channel = this.#channels.get(name);
    if (!channel) this.#channels.set(name, (channel = new Channel(name, this.#series, this.#timing)));
    return channel;
  }

  find(name: string): Channel | undefined {
    return this.#channels.get(name);
  }

  prune(now: number): void {
    for (const [name, channel] of this.#channels) if (channel.prune(now)) this.#channels.delete(name);
  }
}
