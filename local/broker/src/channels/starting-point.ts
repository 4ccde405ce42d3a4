import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Channel } from './channel.ts';
import type { MessageEntry } from './entry.ts';
import type { Rewind } from './params.ts';
import { before, parseSerial, type Serial } from './serial.ts';

export interface StartingPoint {
  /** The subscriber has received everything up to this position. */
  serial: Serial;
  /** Messages to replay after ATTACHED. */
  backlog: MessageEntry[];
  /** True if no message is missing since the client's position. */
  isResumed: boolean;
  /** Reported in ATTACHED. */
  error?: WireError;
}

/**
 * Returns where an attachment starts: at the client's position, else at its rewind, else at the
 * head. An expired, foreign or forged position starts at the head, with error 90003.
 */
export function startingPoint(
  channel: Channel,
  channelSerial: string | undefined,
  rewind: Rewind | undefined,
  now: number,
): StartingPoint {
  if (channelSerial !== undefined) return resumeFrom(channel, channelSerial);
  if (rewind) return rewindTo(channel, rewind, now);
  return { serial: channel.head, backlog: [], isResumed: false };
}

function resumeFrom(channel: Channel, channelSerial: string): StartingPoint {
  const serial = parseSerial(channelSerial, channel.series);
  if (serial !== undefined && serial <= channel.head && channel.log.reachesBackTo(serial)) {
    return { serial, backlog: channel.log.messagesAfter(serial), isResumed: true };
  }
  const error = new WireError(Code.continuityLost, 'Messages since the last attachment may be missing');
  return { serial: channel.head, backlog: [], isResumed: false, error };
}

function rewindTo(channel: Channel, { count, spanMs, limit }: Rewind, now: number): StartingPoint {
  const messages = channel.log.messages();
  const wanted =
    spanMs === undefined ? messages : messages.filter(({ timestamp }) => timestamp >= now - spanMs);
  const max = Math.min(count ?? limit ?? limits.rewindMessages, limits.rewindMessages);
  const backlog = newest(wanted, max);
  const isTruncated = spanMs !== undefined && limit === undefined && countItems(backlog) < countItems(wanted);
  const error = isTruncated
    ? new WireError(Code.backlogTruncated, `Only the last ${limits.rewindMessages} messages are replayed`)
    : undefined;
  const [first] = backlog;
  return {
    serial: first ? before(first.serial) : channel.head,
    backlog,
    isResumed: false,
    ...(error && { error }),
  };
}

/** Returns the newest `max` messages; the oldest entry may be cut. */
function newest(entries: readonly MessageEntry[], max: number): MessageEntry[] {
  const backlog: MessageEntry[] = [];
  let remaining = max;
  for (const entry of entries.toReversed()) {
    if (remaining <= 0) break;
    const items = entry.items.slice(-remaining);
    remaining -= items.length;
    backlog.unshift({ ...entry, items });
  }
  return backlog;
}

const countItems = (entries: readonly MessageEntry[]) =>
  entries.reduce((sum, { items }) => sum + items.length, 0);
