import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Channel } from './channel.ts';
import type { MessageEntry } from './entry.ts';
import type { Rewind } from './params.ts';
import { before, parseSerial, type Serial } from './serial.ts';

export interface StartingPoint {
  /** The subscriber has everything up to here. */
  serial: Serial;
  /** What it is to be sent before it is live. */
  backlog: MessageEntry[];
  /** Whether nothing is missing since the position that it came with. */
  isResumed: boolean;
  /** What it should know, though it is attached. */
  error?: WireError;
}

/**
 * Where an attachment begins: after the position that the client came with, else after its rewind, else now.
 * A position that cannot be honoured, be it expired, foreign or forged, means now, and says so.
 */
export function startingPoint(
  channel: Channel,
  channelSerial: string | undefined,
  rewind: Rewind | undefined,
  now: number,
): StartingPoint {
  if (channelSerial !== undefined) return continued(channel, channelSerial);
  if (rewind) return rewound(channel, rewind, now);
  return { serial: channel.head, backlog: [], isResumed: false };
}

function continued(channel: Channel, channelSerial: string): StartingPoint {
  const serial = parseSerial(channelSerial, channel.series);
  if (serial !== undefined && serial <= channel.head && channel.log.reachesBackTo(serial)) {
    return { serial, backlog: channel.log.messagesAfter(serial), isResumed: true };
  }
  const error = new WireError(Code.continuityLost, 'Messages since the last attachment may be missing');
  return { serial: channel.head, backlog: [], isResumed: false, error };
}

function rewound(channel: Channel, { count, spanMs, limit }: Rewind, now: number): StartingPoint {
  const messages = channel.log.messages();
  const wanted =
    spanMs === undefined ? messages : messages.filter(({ timestamp }) => timestamp >= now - spanMs);
  const most = Math.min(count ?? limit ?? limits.rewindMessages, limits.rewindMessages);
  const backlog = newest(wanted, most);
  const isTruncated = spanMs !== undefined && limit === undefined && countItems(backlog) < countItems(wanted);
  const error = isTruncated
    ? new WireError(Code.backlogTruncated, `Only the last ${limits.rewindMessages} messages are rewound`)
    : undefined;
  const [first] = backlog;
  return {
    serial: first ? before(first.serial) : channel.head,
    backlog,
    isResumed: false,
    ...(error && { error }),
  };
}

/** The last so many messages. They may begin within a publish. */
function newest(entries: readonly MessageEntry[], most: number): MessageEntry[] {
  const backlog: MessageEntry[] = [];
  let left = most;
  for (const entry of entries.toReversed()) {
    if (left <= 0) break;
    const items = entry.items.slice(-left);
    left -= items.length;
    backlog.unshift({ ...entry, items });
  }
  return backlog;
}

const countItems = (entries: readonly MessageEntry[]) =>
  entries.reduce((sum, { items }) => sum + items.length, 0);
