import { authenticate } from '../auth/authenticate.ts';
import { parseChannelName } from '../channels/name.ts';
import { grantModes } from '../channels/params.ts';
import { Code, toWireError, WireError } from '../errors.ts';
import { Action } from '../protocol/actions.ts';
import type { ConnectedClient } from '../realtime/connected-client.ts';
import type { Handler } from './handler.ts';

/**
 * Re-authenticates a connection and replies with CONNECTED. An invalid token ends the connection.
 */
export const auth: Handler = async (client, frame) => {
  const { connection, context } = client;
  try {
    const token = frame.auth?.accessToken;
    if (token === undefined) throw new WireError(Code.unauthorized, 'AUTH needs auth.accessToken');
    const principal = await authenticate(
      context.apps,
      { token, clientId: claimedBy(client) },
      context.timing.now(),
    );
    if (!client.isCurrent) return;
    connection.reauthenticate(principal);
    client.sendConnected();
    reviewAttachments(client);
  } catch (error) {
    if (!client.isCurrent) return;
    client.fail(toWireError(error));
  }
};

/** With a wildcard token, the connection keeps its clientId. */
function claimedBy({ connection }: ConnectedClient): string | undefined {
  return connection.clientId === '*' ? undefined : connection.clientId;
}

/** Adapts the modes of attachments to the new capability; those left without any mode fail. */
function reviewAttachments({ connection, transport }: ConnectedClient): void {
  for (const attachment of [...connection.attachments.values()]) {
    const { name, channel, options } = attachment;
    try {
      const { resource } = parseChannelName(name);
      attachment.modes = grantModes(options.modes, connection.principal.capability, resource);
      channel.reviewOccupancy(attachment);
    } catch (error) {
      connection.detach(name);
      transport.send({ action: Action.ERROR, channel: name, error: toWireError(error).toWire() });
    }
  }
}
