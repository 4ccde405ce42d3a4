import { ensureAllows } from '../auth/capability.ts';
import { changePresence } from '../channels/enter.ts';
import { parseChannelName } from '../channels/name.ts';
import type { Session } from '../connections/session.ts';
import { Code, WireError } from '../errors.ts';
import { Mode } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';

/** Presence needs an attachment: it is how members are known to leave. */
export function presence({ connection }: Session, frame: InboundFrame, msgSerial: number): string[] {
  const { requested, base } = parseChannelName(frame.channel ?? '');
  ensureAllows(connection.principal.capability, base, 'presence');
  const attachment = connection.attachments.get(requested);
  if (!attachment) {
    throw new WireError(Code.presenceNotAttached, `"${requested}" is not attached on this connection`);
  }
  if (!attachment.has(Mode.presence)) {
    throw new WireError(Code.modeNotRequested, `"${requested}" was attached without the presence mode`);
  }
  const owner = {
    connectionId: connection.id,
    identity: connection.clientId,
    msgSerial,
    lastSaid: connection.lastSaid,
  };
  connection.presentOn.add(attachment.channel);
  changePresence(attachment.channel, frame.presence ?? [], owner);
  return [];
}
