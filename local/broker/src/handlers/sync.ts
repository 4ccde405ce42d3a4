import { randomBytes } from 'node:crypto';
import type { Attachment } from '../channels/attachment.ts';
import { presenceToWire } from '../channels/entry.ts';
import type { Session } from '../connections/session.ts';
import { limits } from '../limits.ts';
import { Action, Mode } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';

/** A client that lost count of the members asks for all of them; who may not see them gets no answer. */
export function sync(session: Session, _frame: InboundFrame, channel: string): void {
  const attachment = session.connection.attachments.get(channel);
  if (attachment?.has(Mode.presence_subscribe)) sendSync(session, attachment);
}

/** Sends the whole presence set in pages. The cursor of the last page is empty, also when nobody is there. */
export function sendSync({ transport, context }: Session, { channel, name }: Attachment): void {
  const members = channel.presence.list().map((member) => presenceToWire(member, transport.format));
  const syncId = randomBytes(6).toString('hex'); // clients only parse [\w-]+
  for (let start = 0; start === 0 || start < members.length; start += limits.syncPageSize) {
    const end = start + limits.syncPageSize;
    transport.send({
      action: Action.SYNC,
      channel: name,
      channelSerial: `${syncId}:${end < members.length ? end : ''}`,
      timestamp: context.timing.now(),
      presence: members.slice(start, end),
    });
  }
}
