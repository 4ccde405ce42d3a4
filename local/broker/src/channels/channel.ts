import { PresenceAction } from '../protocol/actions.ts';
import { Account } from '../plan/account.ts';
import type { SecondWindow } from '../plan/rate.ts';
import type { Timing } from '../timing.ts';
import {
  EntryFrames,
  type Entry,
  type MessageEntry,
  type Origin,
  type PresenceEvent,
  type PresenceItem,
  type StoredMessage,
} from './entry.ts';
import { ChannelLog } from './log.ts';
import type { Memory } from './memory.ts';
import { OccupancyEvents, type Occupant } from './occupancy.ts';
import { PresenceSet } from './presence-set.ts';
import { SerialClock, serialAt, type Serial } from './serial.ts';

export interface ChannelOptions {
  /** Identifies this run of the broker in serials; serials of other runs are invalid. */
  series: string;
  /** Namespaces whose messages are stored for `timing.persistedRetention`. */
  persisted: ReadonlySet<string>;
  maxMembers: number;
  memory: Memory;
  /** Default: one without limits. */
  account?: Account;
  timing: Timing;
  /** Called before an entry is stored; an error rejects the entry. */
  onEntry(channel: string, entry: Entry): void;
}

/** An attachment, as its channel uses it. */
export interface ChannelAttachment extends Occupant {
  deliver(frames: EntryFrames): void;
}

/** A channel: one serial clock, one log and one presence set give all subscribers one order. */
export class Channel {
  readonly name: string;
  readonly log: ChannelLog;
  readonly presence: PresenceSet;
  readonly account: Account;
  readonly #attachments = new Set<ChannelAttachment>();
  readonly #occupancy: OccupancyEvents;
  readonly #rate: SecondWindow | undefined;
  readonly #clock: SerialClock;
  readonly #options: ChannelOptions;
  readonly #retention: number;
  #usedAt: number;
  #leaves = 0;
  #latestTimestamp = 0;

  constructor(name: string, options: ChannelOptions) {
    const { series, timing, persisted, maxMembers, memory, account = Account.unlimited() } = options;
    const now = timing.now();
    this.name = name;
    this.account = account;
    this.#rate = account.channelRate();
    const full = () => account.exceeded('presenceMembers', `channel:${name}`, maxMembers + 1, maxMembers);
    this.presence = new PresenceSet(maxMembers, full);
    this.#occupancy = new OccupancyEvents(this, timing.now);
    this.#options = options;
    this.#retention = persisted.has(namespaceOf(name)) ? timing.persistedRetention : timing.retention;
    this.#usedAt = now;
    this.#clock = new SerialClock(series, now);
    // A channel is only discarded after its messages expire, so nothing younger can be missing
    // here.
    this.log = new ChannelLog(serialAt(now - timing.retention, 0, series), memory);
  }

  get attachments(): ReadonlySet<ChannelAttachment> {
    return this.#attachments;
  }

  attach(attachment: ChannelAttachment): void {
    this.#attachments.add(attachment);
    this.#occupancy.changed();
  }

  detach(attachment: ChannelAttachment): void {
    this.#attachments.delete(attachment);
    this.#occupancy.unwatch(attachment);
    this.#occupancy.changed();
  }

  /** To be called after the client was notified of its attachment, or of new modes or params. */
  reviewOccupancy(attachment: ChannelAttachment): void {
    this.#occupancy.watch(attachment);
    this.#occupancy.changed();
  }

  /** The position of the latest entry. */
  get head(): Serial {
    return this.#clock.latest;
  }

  get series(): string {
    return this.#clock.series;
  }

  /**
   * Counts a publish, or changes of presence, towards the plan's limits.
   * @throws WireError 42913, 42917 or 40112
   */
  admit(messages: number): void {
    this.account.admitPublish(this.name, this.#rate, messages, this.attachments.size);
  }

  /** Stores and delivers messages. `stamp` adds the position and the time, in ms, to them. */
  publish(origin: Origin, stamp: (serial: Serial, timestamp: number) => StoredMessage[]): MessageEntry {
    const { serial, timestamp } = this.#next();
    const entry = { kind: 'message' as const, serial, timestamp, ...origin, items: stamp(serial, timestamp) };
    this.#add(entry);
    return entry;
  }

  /**
   * Applies presence events of one connection in order and announces the changes.
   * @throws WireError 91003 before anything changed
   */
  announce(origin: Origin, items: PresenceEvent[]): void {
    const { serial, timestamp } = this.#next();
    const stamped = items.map((item) => ({ ...item, timestamp }) as PresenceItem);
    this.presence.ensureRoomFor(stamped);
    const events = stamped.map((item) => this.presence.apply(item)).filter((event) => event !== undefined);
    if (events.length === 0) return;
    this.#add({ kind: 'presence', serial, timestamp, ...origin, items: events });
    this.#occupancy.changed();
  }

  /** Makes a connection's members leave after it detached, closed or was lost. */
  leaveAll(connectionId: string): void {
    const members = this.presence.of(connectionId);
    if (members.length === 0) return;
    // The id must not start with the connectionId: clients recognise a synthesized leave by that.
    const id = `left-${this.series}:${this.#leaves++}`;
    this.announce(
      { id, connectionId, size: 0 },
      members.map((member, index) => ({ ...member, id: `${id}:${index}`, action: PresenceAction.LEAVE })),
    );
  }

  /** Discards expired messages. Returns true once no client can still resume on this channel. */
  prune(now: number): boolean {
    this.log.prune(now - this.#retention);
    if (this.attachments.size > 0 || this.presence.size > 0 || !this.log.isEmpty) this.#usedAt = now;
    const { connectionStateTtl, retention } = this.#options.timing;
    return this.#usedAt + connectionStateTtl + retention < now;
  }

  /** The timestamp never decreases, also when the system clock steps back. */
  #next(): { serial: Serial; timestamp: number } {
    const timestamp = Math.max(this.#options.timing.now(), this.#latestTimestamp);
    this.#latestTimestamp = timestamp;
    return { serial: this.#clock.next(timestamp), timestamp };
  }

  #add(entry: Entry): void {
    this.#options.onEntry(this.name, entry);
    this.log.append(entry);
    const frames = new EntryFrames(entry);
    for (const attachment of this.attachments) attachment.deliver(frames);
  }
}

const namespaceOf = (name: string) => name.split(':')[0] ?? '';
