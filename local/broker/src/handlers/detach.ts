import { parseChannelName } from '../channels/name.ts';
import type { Session } from '../connections/session.ts';
import { Action } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';

/** Answered also when the channel is not attached, as after a drop: its members leave even so. */
export function detach({ app, connection, transport }: Session, _: InboundFrame, channel: string): void {
  connection.detach(channel, app.channels.find(parseChannelName(channel).base));
  transport.send({ action: Action.DETACHED, channel });
}
