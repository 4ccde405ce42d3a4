import { Code, toWireError, type WireError } from '../errors.ts';
import { Action } from '../protocol/actions.ts';
import type { InboundFrame, OutboundFrame } from '../protocol/frames.ts';
import type { ConnectedClient } from '../realtime/connected-client.ts';

/** Acts on one kind of inbound frame. */
export type Handler = (client: ConnectedClient, frame: InboundFrame) => void | Promise<void>;

/**
 * Makes a handler that replies to each msgSerial exactly once, in order, with ACK or NACK. A
 * repeated msgSerial gets the first reply again and has no second effect.
 * @param operation returns the serials of the stored messages
 */
export function acknowledged(
  operation: (client: ConnectedClient, frame: InboundFrame, msgSerial: number) => string[],
): Handler {
  return (client, frame) => {
    const { msgSerial } = frame;
    if (msgSerial === undefined) {
      return client.context.log('info', 'frame.without-serial', { action: frame.action });
    }
    const { replies } = client.connection;
    if (!replies.isRepeated(msgSerial)) {
      replies.remember(
        msgSerial,
        replyTo(() => operation(client, frame, msgSerial), client),
      );
    }
    client.transport.send({ ...(replies.get(msgSerial) ?? ack([])), msgSerial, count: 1 });
  };
}

/**
 * Makes a handler whose errors fail the channel, not the connection: it sends an ERROR for the
 * channel, even for an empty name, and removes the attachment and its members.
 */
export function onChannel(
  operation: (client: ConnectedClient, frame: InboundFrame, channel: string) => void,
): Handler {
  return (client, frame) => {
    const channel = frame.channel ?? '';
    try {
      operation(client, frame, channel);
    } catch (error) {
      const wireError = reported(error, client);
      client.connection.detach(channel);
      client.transport.send({ action: Action.ERROR, channel, error: wireError.toWire() });
    }
  };
}

const ack = (serials: string[]): OutboundFrame => ({ action: Action.ACK, res: [{ serials }] });

function replyTo(operation: () => string[], client: ConnectedClient): OutboundFrame {
  try {
    return ack(operation());
  } catch (error) {
    return { action: Action.NACK, error: reported(error, client).toWire() };
  }
}

/** Logs an internal error, of which the client learns no details. */
function reported(error: unknown, { context }: ConnectedClient): WireError {
  const wireError = toWireError(error);
  if (wireError.code === Code.internal) context.log('error', 'handler.failed', { error });
  return wireError;
}
