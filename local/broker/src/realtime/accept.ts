import type { WebSocket } from 'ws';
import { authenticate } from '../auth/authenticate.ts';
import { Transport } from '../connections/transport.ts';
import type { BrokerContext } from '../context.ts';
import { Code, toWireError, WireError } from '../errors.ts';
import { Action } from '../protocol/actions.ts';
import { ensureVersion, parseConnectParams } from './connect-params.ts';
import { ConnectedClient } from './connected-client.ts';

type FrameHandler = (client: ConnectedClient, frame: unknown) => void | Promise<void>;

/**
 * Opens or resumes a connection on a new socket. Errors are sent as the first frame, because
 * browsers hide why an upgrade failed.
 */
export async function accept(
  socket: WebSocket,
  url: string | undefined,
  context: BrokerContext,
  onFrame: FrameHandler,
): Promise<void> {
  const { apps, account, timing, log } = context;
  const params = parseConnectParams(url);
  const { format, heartbeats, heartbeatInterval = timing.heartbeatInterval } = params;
  const transport = new Transport(socket, { format, heartbeats, heartbeatInterval, log });
  try {
    ensureVersion(params.version);
    const principal = await authenticate(apps, params.credentials, timing.now());
    if (!transport.isOpen) return;
    const app = apps.ownerOf(principal.key);
    const { connections } = app;
    const resumed =
      params.continues === undefined ? undefined : connections.resume(params.continues, principal);
    const isNew = resumed === undefined || resumed instanceof WireError;
    transport.onClose(account.admitConnection(isNew));
    const connection = isNew ? connections.create(principal) : resumed;
    const client = new ConnectedClient({ context, app, connection, transport, params });
    client.start(resumed instanceof WireError ? resumed.toWire() : undefined);
    transport.start((frame) => onFrame(client, frame));
    const event = isNew ? 'connection.opened' : 'connection.resumed';
    log('debug', event, { connection: connection.id });
  } catch (error) {
    const rejection = asRejection(toWireError(error));
    log(rejection.code === Code.internal ? 'error' : 'info', 'connection.rejected', {
      code: rejection.code,
      error: String(error),
    });
    transport.end(Action.ERROR, rejection.toWire());
  }
}

/** REST reports an unknown key as 40400; a connection gets 40101, as for a wrong secret. */
function asRejection(error: WireError): WireError {
  return error.code === Code.notFound ? new WireError(Code.unauthorized, error.message) : error;
}
