import { randomBytes } from 'node:crypto';
import type { Attachment } from '../channels/attachment.ts';
import { presenceToWire } from '../channels/entry.ts';
import { limits } from '../limits.ts';
import { Action, Mode } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';
import type { ConnectedClient } from '../realtime/connected-client.ts';

/** Sends the presence set on request. A client without the mode gets no reply. */
export function sync(client: ConnectedClient, _frame: InboundFrame, channel: string): void {
  const attachment = client.connection.attachments.get(channel);
  if (attachment?.has(Mode.presence_subscribe)) sendSync(client, attachment);
}

/** Sends the presence set in pages. The last page, also of an empty set, has an empty cursor. */
export function sendSync({ transport, context }: ConnectedClient, { channel, name }: Attachment): void {
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
