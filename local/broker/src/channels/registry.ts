import type { Timing } from '../timing.ts';
import { Channel } from './channel.ts';
import type { Entry } from './entry.ts';
import { parseSerial, type Serial } from './serial.ts';

export interface ChannelSettings {
  /** Names this run of the broker in positions: those of another run mean nothing here. */
  series: string;
  /** Namespaces whose past is kept for longer. */
  persisted: ReadonlySet<string>;
  maxMembers: number;
  timing: Timing;
  /** Hears of each entry before it is stored; what it throws refuses the entry. */
  onEntry(channel: string, entry: Entry): void;
}

/** The channels of one app; each exists from its first use until nobody could notice its absence. */
export class ChannelRegistry {
  readonly #channels = new Map<string, Channel>();
  readonly #settings: ChannelSettings;

  constructor(settings: ChannelSettings) {
    this.#settings = settings;
  }

  get(name: string): Channel {
    let channel = this.#channels.get(name);
    if (!channel) this.#channels.set(name, (channel = new Channel(name, this.#settings)));
    return channel;
  }

  find(name: string): Channel | undefined {
    return this.#channels.get(name);
  }

  /** A position that came from outside; undefined unless a channel of this app handed it out. */
  parseSerial(text: string): Serial | undefined {
    return parseSerial(text, this.#settings.series);
  }

  prune(now: number): void {
    for (const [name, channel] of this.#channels) if (channel.prune(now)) this.#channels.delete(name);
  }
}
