import { Action } from '../protocol/actions.ts';
import { encode, type Format } from '../protocol/codec.ts';
import { fromPayload, type Payload } from '../protocol/data.ts';
import type { Extras } from '../protocol/extras.ts';
import type { OutboundFrame } from '../protocol/frames.ts';
import type { Serial } from './serial.ts';

interface Common extends Payload {
  id: string;
  clientId?: string | undefined;
  connectionId?: string | undefined;
  timestamp: number;
  extras?: Extras | undefined;
}

/** The origin of an entry. */
export type Origin = Pick<MessageEntry, 'id' | 'connectionId' | 'size' | 'isEphemeral'>;

export interface StoredMessage extends Common {
  serial: string;
  name?: string | undefined;
}

/** A presence member, or an event of one. */
export interface PresenceItem extends Common {
  clientId: string;
  connectionId: string;
  action: number;
}

/** A presence event that has not been applied yet. */
export type PresenceEvent = Omit<PresenceItem, 'timestamp'>;

interface EntryOf<Kind, Item> {
  kind: Kind;
  serial: Serial;
  timestamp: number;
  /** Absent for entries from REST or from the broker. */
  connectionId?: string | undefined;
  /** `connectionId:msgSerial`, or a base that the broker generated. */
  id: string;
  /** Bytes of what the sender put into the items. */
  size: number;
  /** For subscribers that are attached now: not for history, rewind, resume and rules. */
  isEphemeral?: boolean;
  items: Item[];
}

/** The messages of one publish: one frame, at one position. */
export type MessageEntry = EntryOf<'message', StoredMessage>;
export type PresenceEntry = EntryOf<'presence', PresenceItem>;
export type Entry = MessageEntry | PresenceEntry;

export function messageToWire(message: StoredMessage, format: Format): object {
  return { ...message, ...fromPayload(message, format), action: 0 };
}

export function presenceToWire(item: PresenceItem, format: Format): object {
  return { ...item, ...fromPayload(item, format) };
}

/** @param channel the name under which the recipient attached */
function entryToFrame(entry: Entry, channel: string, format: Format): OutboundFrame {
  const { id, connectionId, timestamp, serial: channelSerial } = entry;
  const common = { id, connectionId, channel, channelSerial, timestamp };
  return entry.kind === 'message'
    ? { action: Action.MESSAGE, ...common, messages: entry.items.map((item) => messageToWire(item, format)) }
    : {
        action: Action.PRESENCE,
        ...common,
        presence: entry.items.map((item) => presenceToWire(item, format)),
      };
}

/** Encodes an entry once per format and channel name, for all its recipients. */
export class EntryFrames {
  readonly entry: Entry;
  readonly #encoded = new Map<string, Buffer>();

  constructor(entry: Entry) {
    this.entry = entry;
  }

  bytes(channel: string, format: Format): Buffer {
    const key = `${format} ${channel}`;
    let bytes = this.#encoded.get(key);
    if (!bytes) this.#encoded.set(key, (bytes = encode(entryToFrame(this.entry, channel, format), format)));
    return bytes;
  }
}
