import type { WebSocket } from 'ws';
import { authenticate } from '../auth/authenticate.ts';
import type { BrokerContext } from '../context.ts';
import { Code, toWireError, WireError } from '../errors.ts';
import { Action } from '../protocol/actions.ts';
import { ensureVersion, parseConnectParams } from './connect-params.ts';
import { Session } from './session.ts';
import { Transport } from './transport.ts';

type FrameHandler = (session: Session, frame: unknown) => void | Promise<void>;

/**
 * Makes a connection of a socket. Whatever is wrong is told as a first frame on it, because browsers cannot read why an
 * upgrade was refused.
 */
export async function accept(
  socket: WebSocket,
  url: string | undefined,
  context: BrokerContext,
  onFrame: FrameHandler,
): Promise<void> {
  const { apps, timing, log } = context;
  const params = parseConnectParams(url);
  const { format, heartbeats, heartbeatInterval = timing.heartbeatInterval } = params;
  const transport = new Transport(socket, { format, heartbeats, heartbeatInterval, log });
  try {
    ensureVersion(params.version);
    const principal = await authenticate(apps, params.credentials, timing.now());
    if (!transport.isOpen) return;
    const { connections } = principal.app;
    const resumed =
      params.continues === undefined ? undefined : connections.resume(params.continues, principal);
    const isNew = resumed === undefined || resumed instanceof WireError;
    const connection = isNew ? connections.create(principal) : resumed;
    const session = new Session(context, connection, transport, params);
    session.start(resumed instanceof WireError ? resumed.toWire() : undefined);
    transport.start((frame) => onFrame(session, frame));
    log('debug', isNew ? 'connection.opened' : 'connection.resumed', { connection: connection.id });
  } catch (error) {
    const refusal = asRefusal(toWireError(error));
    log(refusal.code === Code.internal ? 'error' : 'info', 'connection.refused', {
      code: refusal.code,
      error: String(error),
    });
    transport.end(Action.ERROR, refusal.toWire());
  }
}

/** REST tells an unknown key (40400) from a wrong secret; a connection is told 40101 for both. */
function asRefusal(error: WireError): WireError {
  return error.code === Code.notFound ? new WireError(Code.unauthorized, error.message) : error;
}
