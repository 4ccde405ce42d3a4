import { PresenceAction } from '../protocol/actions.ts';
import type { Attachment } from './attachment.ts';
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
import { PresenceSet } from './presence-set.ts';
import type { ChannelSettings } from './registry.ts';
import { SerialClock, serialAt, type Serial } from './serial.ts';

/** One position counter, one log, one presence set: hence one order for everybody. */
export class Channel {
  readonly name: string;
  readonly log: ChannelLog;
  readonly presence: PresenceSet;
  readonly attachments = new Set<Attachment>();
  readonly #clock: SerialClock;
  readonly #settings: ChannelSettings;
  readonly #retention: number;
  #usedAt: number;
  #leaves = 0;

  constructor(name: string, settings: ChannelSettings) {
    const { series, timing, persisted, maxMembers } = settings;
    const now = timing.now();
    this.name = name;
    this.presence = new PresenceSet(maxMembers);
    this.#settings = settings;
    this.#retention = persisted.has(namespaceOf(name)) ? timing.persistedRetention : timing.retention;
    this.#usedAt = now;
    this.#clock = new SerialClock(series, now);
    // An idle channel is discarded once its past is older than the retention; so nothing younger can be missing.
    this.log = new ChannelLog(serialAt(now - timing.retention, 0, series));
  }

  /** The position of the latest event. */
  get head(): Serial {
    return this.#clock.latest;
  }

  get series(): string {
    return this.#clock.series;
  }

  /** Stores messages at the next position and delivers them. `stamp` receives that position and the time. */
  publish(origin: Origin, stamp: (serial: Serial, timestamp: number) => StoredMessage[]): MessageEntry {
    const { serial, timestamp } = this.#next();
    const entry = { kind: 'message' as const, serial, timestamp, ...origin, items: stamp(serial, timestamp) };
    this.#add(entry);
    return entry;
  }

  /**
   * Applies presence events of one connection in order and tells everybody what changed.
   * @throws WireError 91003 before anything changed
   */
  announce(origin: Origin, items: PresenceEvent[]): void {
    const { serial, timestamp } = this.#next();
    const stamped = items.map((item) => ({ ...item, timestamp }) as PresenceItem);
    this.presence.ensureRoomFor(stamped);
    const events = stamped.map((item) => this.presence.apply(item)).filter((event) => event !== undefined);
    if (events.length > 0) this.#add({ kind: 'presence', serial, timestamp, ...origin, items: events });
  }

  /** Makes the members of a connection leave, because it detached, closed or was lost. */
  leaveAll(connectionId: string): void {
    const members = this.presence.of(connectionId);
    if (members.length === 0) return;
    // Not prefixed by the connectionId: that is how clients recognise a leave that the member did not send.
    const id = `left-${this.series}:${this.#leaves++}`;
    this.announce(
      { id, connectionId, size: 0 },
      members.map((member, index) => ({ ...member, id: `${id}:${index}`, action: PresenceAction.LEAVE })),
    );
  }

  /** @returns whether nobody would notice if this channel were gone */
  prune(now: number): boolean {
    this.log.prune(now - this.#retention);
    if (this.attachments.size > 0 || this.presence.size > 0 || !this.log.isEmpty) this.#usedAt = now;
    // A client that was attached may resume its position as long as its connection can be resumed.
    const { connectionStateTtl, retention } = this.#settings.timing;
    return this.#usedAt + connectionStateTtl + retention < now;
  }

  #next(): { serial: Serial; timestamp: number } {
    const timestamp = this.#settings.timing.now();
    return { serial: this.#clock.next(timestamp), timestamp };
  }

  #add(entry: Entry): void {
    this.#settings.onEntry(this.name, entry);
    this.log.append(entry);
    const frames = new EntryFrames(entry);
    for (const attachment of this.attachments) attachment.deliver(frames);
  }
}

const namespaceOf = (name: string) => name.split(':')[0] ?? '';
