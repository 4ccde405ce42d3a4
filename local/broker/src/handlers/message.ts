import { allows, ensureAllows } from '../auth/capability.ts';
import { parsePlainChannel } from '../channels/name.ts';
import { publish } from '../channels/publish.ts';
import { Code, WireError } from '../errors.ts';
import { Mode } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';
import type { ConnectedClient } from '../realtime/connected-client.ts';

/** Publishing needs the capability but no attachment. An existing attachment must have the mode. */
export function message(
  { app, connection, context }: ConnectedClient,
  frame: InboundFrame,
  msgSerial: number,
): string[] {
  const { requested, base } = parsePlainChannel(frame.channel ?? '');
  const { capability } = connection.principal;
  ensureAllows(capability, base, 'publish');
  const attachment = connection.attachments.get(requested);
  if (attachment && !attachment.has(Mode.publish)) {
    throw new WireError(Code.modeNotRequested, `"${requested}" is attached without the publish mode`);
  }
  connection.limits?.ensurePublishRate(context.timing.now());
  return publish(app, base, frame.messages ?? [], {
    identity: connection.clientId,
    connectionId: connection.id,
    idBase: `${connection.id}:${msgSerial}`,
    isPrivileged: () => allows(capability, base, 'privileged-headers'),
    params: frame.params,
  }).serials;
}
