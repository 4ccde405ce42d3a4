import { randomBytes } from 'node:crypto';
import { Action, Mode } from '../protocol/actions.ts';
import type { OutboundFrame } from '../protocol/frames.ts';

/** In ms. Ably coalesces changes for up to 15 s. */
const COALESCING = 1_000;

export interface OccupancyMetrics {
  connections: number;
  publishers: number;
  subscribers: number;
  presenceConnections: number;
  presenceMembers: number;
  presenceSubscribers: number;
  objectPublishers: number;
  objectSubscribers: number;
}

/** An attachment, as far as it counts or is notified. */
export interface Occupant {
  readonly connectionId: string;
  /** The param `occupancy`: `metrics`, or `metrics.<name>` for one of them. */
  readonly occupancy: string | undefined;
  has(mode: number): boolean;
  /** Sends a frame on the channel of the attachment. */
  send(frame: OutboundFrame): void;
}

/** The channel whose occupants are counted. */
export interface Occupied {
  readonly attachments: ReadonlySet<Occupant>;
  readonly presence: { readonly size: number };
}

export function occupancyOf({ attachments, presence }: Occupied): OccupancyMetrics {
  const all = [...attachments];
  const having = (mode: number) => all.filter((attachment) => attachment.has(mode)).length;
  return {
    connections: new Set(all.map(({ connectionId }) => connectionId)).size,
    publishers: having(Mode.publish),
    subscribers: having(Mode.subscribe),
    presenceConnections: having(Mode.presence),
    presenceMembers: presence.size,
    presenceSubscribers: having(Mode.presence_subscribe),
    objectPublishers: having(Mode.object_publish),
    objectSubscribers: having(Mode.object_subscribe),
  };
}

/** Sends `[meta]occupancy` messages to the attachments with the param `occupancy`. */
export class OccupancyEvents {
  readonly #channel: Occupied;
  readonly #now: () => number;
  readonly #watchers = new Map<Occupant, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(channel: Occupied, now: () => number) {
    this.#channel = channel;
    this.#now = now;
  }

  /** Starts or stops notifying an attachment, by its present param. The first message is immediate. */
  watch(occupant: Occupant): void {
    this.unwatch(occupant);
    if (occupant.occupancy === undefined || !occupant.has(Mode.subscribe)) return;
    this.#watchers.set(occupant, '');
    this.#notify(occupant, occupancyOf(this.#channel));
  }

  unwatch(occupant: Occupant): void {
    this.#watchers.delete(occupant);
  }

  /** To be called after each change of attachments, modes or members. */
  changed(): void {
    if (this.#watchers.size === 0 || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const metrics = occupancyOf(this.#channel);
      for (const occupant of this.#watchers.keys()) this.#notify(occupant, metrics);
    }, COALESCING).unref();
  }

  #notify(occupant: Occupant, metrics: OccupancyMetrics): void {
    const data = JSON.stringify({ metrics: select(metrics, occupant.occupancy) });
    if (this.#watchers.get(occupant) === data) return;
    this.#watchers.set(occupant, data);
    // Without a channelSerial: it is no entry of the channel, which a client could resume from.
    const id = `${randomBytes(9).toString('base64url')}:0`;
    const timestamp = this.#now();
    const message = { id: `${id}:0`, name: '[meta]occupancy', data, encoding: 'json', timestamp, action: 0 };
    occupant.send({ action: Action.MESSAGE, id, timestamp, messages: [message] });
  }
}

function select(metrics: OccupancyMetrics, param = 'metrics'): Partial<OccupancyMetrics> {
  const [, name] = param.split('.');
  if (name === undefined) return metrics;
  return Object.fromEntries(Object.entries(metrics).filter(([each]) => each === name));
}
