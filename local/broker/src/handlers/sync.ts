import { announceMembers } from '../channels/announce.ts';
import { Mode } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';
import type { ConnectedClient } from '../realtime/connected-client.ts';

/** Sends the presence set on request. A client without the mode gets no reply. */
export function sync(client: ConnectedClient, _frame: InboundFrame, channel: string): void {
  const attachment = client.connection.attachments.get(channel);
  if (attachment?.has(Mode.presence_subscribe)) announceMembers(attachment, client.context.timing.now());
}
