import type { Session } from '../connections/session.ts';
import { Code, toWireError } from '../errors.ts';
import { Action } from '../protocol/actions.ts';
import type { InboundFrame, OutboundFrame } from '../protocol/frames.ts';
import type { Handler } from './types.ts';

/**
 * Answers each msgSerial exactly once with an ACK or a NACK, in order. A msgSerial that comes again, because the answer
 * was lost with a transport, gets the first answer and has no second effect.
 * @param operation returns the serials of what it stored
 */
export function acknowledged(
  operation: (session: Session, frame: InboundFrame, msgSerial: number) => string[],
): Handler {
  return (session, frame) => {
    const { msgSerial } = frame;
    if (msgSerial === undefined)
      return session.context.log('info', 'frame.without-serial', { action: frame.action });
    const { replies } = session.connection;
    if (!replies.isRepeated(msgSerial)) {
      replies.remember(
        msgSerial,
        perform(() => operation(session, frame, msgSerial), session),
      );
    }
    session.transport.send({ ...(replies.get(msgSerial) ?? ack([])), msgSerial, count: 1 });
  };
}

const ack = (serials: string[]): OutboundFrame => ({ action: Action.ACK, res: [{ serials }] });

function perform(operation: () => string[], session: Session): OutboundFrame {
  try {
    return ack(operation());
  } catch (error) {
    const refusal = toWireError(error);
    if (refusal.code === Code.internal) session.context.log('error', 'handler.failed', { error });
    return { action: Action.NACK, error: refusal.toWire() };
  }
}
