import { parseChannelName } from '../channels/name.ts';
import { Action } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';
import type { ConnectedClient } from '../realtime/connected-client.ts';

/** Also valid on a channel that is not attached, for instance after a drop: its members leave. */
export function detach(
  { app, connection, transport }: ConnectedClient,
  _frame: InboundFrame,
  channel: string,
): void {
  connection.detach(channel, app.channels.find(parseChannelName(channel).base));
  transport.send({ action: Action.DETACHED, channel });
}
