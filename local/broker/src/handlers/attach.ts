import { Attachment } from '../channels/attachment.ts';
import { EntryFrames, type MessageEntry } from '../channels/entry.ts';
import { parseChannelName } from '../channels/name.ts';
import { grantModes, parseAttachOptions, type AttachOptions } from '../channels/params.ts';
import { startingPoint } from '../channels/starting-point.ts';
import type { Session } from '../connections/session.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { Action, Flag, Mode } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';
import { sendSync } from './sync.ts';

/** Every ATTACH is answered, repeated ones too. All of it happens in one go, so that nothing can slip in between. */
export function attach(session: Session, frame: InboundFrame, requested: string): void {
  const { connection } = session;
  const name = parseChannelName(requested);
  const flags = frame.flags ?? 0;
  const options = parseAttachOptions({ ...name.params, ...frame.params }, flags);
  const modes = grantModes(options.modes, connection.principal.capability, name.base);
  const held = connection.attachments.get(requested);
  if (held) return reattach(session, held, options, modes);
  if (connection.attachments.size >= limits.channelsPerConnection) {
    throw new WireError(
      Code.tooManyChannels,
      `At most ${limits.channelsPerConnection} channels on one connection`,
    );
  }

  const channel = session.app.channels.get(name.base);
  const rewind = flags & Flag.ATTACH_RESUME ? undefined : options.rewind;
  const start = startingPoint(channel, frame.channelSerial, rewind, session.context.timing.now());
  const attachment = new Attachment(channel, requested, session, options, modes, start.serial);
  const backlog = attachment.has(Mode.subscribe) ? start.backlog : [];
  connection.attach(attachment);
  const continuity = (start.isResumed ? Flag.RESUMED : 0) | (backlog.length > 0 ? Flag.HAS_BACKLOG : 0);
  sendAttached(session, attachment, continuity, start.error);
  replay(attachment, backlog);
  if (attachment.hasPresence) sendSync(session, attachment);
}

/** The client changed its modes or params, or lost count. What this transport was sent is not sent again. */
function reattach(session: Session, attachment: Attachment, options: AttachOptions, modes: number): void {
  Object.assign(attachment, { options, modes });
  sendAttached(session, attachment, Flag.RESUMED);
  if (attachment.hasPresence) sendSync(session, attachment);
}

function sendAttached(session: Session, attachment: Attachment, continuity: number, error?: WireError): void {
  session.transport.send({
    action: Action.ATTACHED,
    channel: attachment.name,
    channelSerial: attachment.cursor,
    flags: attachment.modes | continuity | (attachment.hasPresence ? Flag.HAS_PRESENCE : 0),
    params: attachment.options.accepted,
    error: error?.toWire(),
  });
}

function replay(attachment: Attachment, backlog: MessageEntry[]): void {
  for (const entry of backlog) attachment.deliver(new EntryFrames(entry));
}
