import { authenticate } from '../auth/authenticate.ts';
import { grantModes } from '../channels/params.ts';
import type { Session } from '../connections/session.ts';
import { Code, toWireError, WireError } from '../errors.ts';
import { Action } from '../protocol/actions.ts';
import type { Handler } from './types.ts';

/** A new token on a live connection. Answered by CONNECTED even when nothing changed; a bad one ends the connection. */
export const auth: Handler = async (session, frame) => {
  const { connection, context } = session;
  try {
    const token = frame.auth?.accessToken;
    if (token === undefined) throw new WireError(Code.unauthorized, 'AUTH needs auth.accessToken');
    const principal = await authenticate(
      context.apps,
      { token, clientId: claimedBy(session) },
      context.timing.now(),
    );
    if (!session.isCurrent) return;
    connection.reauthenticate(principal);
    session.sendConnected();
    reviewAttachments(session);
  } catch (error) {
    if (!session.isCurrent) return;
    session.fail(toWireError(error));
  }
};

/** A wildcard token goes on meaning the clientId that the connection already has. */
function claimedBy({ connection }: Session): string | undefined {
  return connection.clientId === '*' ? undefined : connection.clientId;
}

/** Channels that the new capability still allows stay as they are, perhaps with fewer modes; others fail. */
function reviewAttachments({ connection, transport }: Session): void {
  for (const attachment of [...connection.attachments.values()]) {
    const {
      name: channel,
      channel: { name },
      options,
    } = attachment;
    try {
      attachment.modes = grantModes(options.modes, connection.principal.capability, name);
    } catch (error) {
      connection.detach(channel);
      transport.send({ action: Action.ERROR, channel, error: toWireError(error).toWire() });
    }
  }
}
