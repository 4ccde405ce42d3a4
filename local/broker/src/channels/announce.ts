import { randomBytes } from 'node:crypto';
import type { WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { Action, Flag } from '../protocol/actions.ts';
import type { Attachment } from './attachment.ts';
import { presenceToWire } from './entry.ts';

/**
 * Sends ATTACHED.
 * @param continuity RESUMED and HAS_BACKLOG, or 0 when messages may be missing
 */
export function announceAttached(attachment: Attachment, continuity: number, error?: WireError): void {
  attachment.send({
    action: Action.ATTACHED,
    channelSerial: attachment.cursor,
    flags: attachment.modes | continuity | (attachment.hasPresence ? Flag.HAS_PRESENCE : 0),
    params: attachment.options.accepted,
    error: error?.toWire(),
  });
}

/** Sends the presence set in pages. The last page, also of an empty set, has an empty cursor. */
export function announceMembers(attachment: Attachment, now: number): void {
  const { channel, recipient } = attachment;
  const members = channel.presence.list().map((member) => presenceToWire(member, recipient.format));
  const syncId = randomBytes(6).toString('hex'); // clients only parse [\w-]+
  for (let start = 0; start === 0 || start < members.length; start += limits.syncPageSize) {
    const end = start + limits.syncPageSize;
    attachment.send({
      action: Action.SYNC,
      channelSerial: `${syncId}:${end < members.length ? end : ''}`,
      timestamp: now,
      presence: members.slice(start, end),
    });
  }
}
