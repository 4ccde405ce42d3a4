import type { Session } from '../connections/session.ts';
import { Code, toWireError } from '../errors.ts';
import { Action } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';
import type { Handler } from './types.ts';

/**
 * What goes wrong fails the channel, not the connection: the ERROR names the channel, even an empty one, and its
 * attachment and members are gone.
 */
export function onChannel(
  operation: (session: Session, frame: InboundFrame, channel: string) => void,
): Handler {
  return (session, frame) => {
    const channel = frame.channel ?? '';
    try {
      operation(session, frame, channel);
    } catch (error) {
      const refusal = toWireError(error);
      if (refusal.code === Code.internal) session.context.log('error', 'handler.failed', { error });
      session.connection.detach(channel);
      session.transport.send({ action: Action.ERROR, channel, error: refusal.toWire() });
    }
  };
}
