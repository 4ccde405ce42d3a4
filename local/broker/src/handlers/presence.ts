import { ensureAllows } from '../auth/capability.ts';
import { changePresence } from '../channels/change-presence.ts';
import { parsePlainChannel } from '../channels/name.ts';
import { Code, WireError } from '../errors.ts';
import { Mode } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';
import type { ConnectedClient } from '../realtime/connected-client.ts';

/** Presence needs an attachment: when it ends, the members leave. */
export function presence(
  { connection, context }: ConnectedClient,
  frame: InboundFrame,
  msgSerial: number,
): string[] {
  const { requested, base } = parsePlainChannel(frame.channel ?? '');
  ensureAllows(connection.principal.capability, base, 'presence');
  const attachment = connection.attachments.get(requested);
  if (!attachment) {
    throw new WireError(Code.presenceNotAttached, `"${requested}" is not attached on this connection`);
  }
  if (!attachment.has(Mode.presence)) {
    throw new WireError(Code.modeNotRequested, `"${requested}" is attached without the presence mode`);
  }
  connection.limits?.ensurePublishRate(context.timing.now());
  const owner = {
    connectionId: connection.id,
    identity: connection.clientId,
    msgSerial,
    latestPresence: connection.latestPresence,
  };
  connection.presentOn.add(attachment.channel);
  changePresence(attachment.channel, frame.presence ?? [], owner);
  return [];
}
