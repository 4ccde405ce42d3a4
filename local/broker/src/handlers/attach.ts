import { Attachment } from '../channels/attachment.ts';
import { EntryFrames, type MessageEntry } from '../channels/entry.ts';
import { parseChannelName } from '../channels/name.ts';
import { grantModes, parseAttachOptions, type AttachOptions } from '../channels/params.ts';
import { startingPoint } from '../channels/starting-point.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { Action, Flag, Mode } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';
import type { ConnectedClient } from '../realtime/connected-client.ts';
import { sendSync } from './sync.ts';

/** Must stay synchronous, so that no live message is delivered before the backlog. */
export function attach(client: ConnectedClient, frame: InboundFrame, requested: string): void {
  const { connection } = client;
  const name = parseChannelName(requested);
  const flags = frame.flags ?? 0;
  const options = parseAttachOptions({ ...name.params, ...frame.params }, flags);
  const modes = grantModes(options.modes, connection.principal.capability, name.base);
  const existing = connection.attachments.get(requested);
  if (existing) return reattach(client, existing, options, modes);
  if (connection.attachments.size >= limits.channelsPerConnection) {
    throw new WireError(
      Code.tooManyChannels,
      `A connection can attach to at most ${limits.channelsPerConnection} channels`,
    );
  }

  const channel = client.app.channels.get(name.base);
  const rewind = flags & Flag.ATTACH_RESUME ? undefined : options.rewind;
  const start = startingPoint(channel, frame.channelSerial, rewind, client.context.timing.now());
  const attachment = new Attachment(channel, requested, client, options, modes, start.serial);
  const backlog = attachment.has(Mode.subscribe) ? start.backlog : [];
  connection.attach(attachment);
  const continuity = (start.isResumed ? Flag.RESUMED : 0) | (backlog.length > 0 ? Flag.HAS_BACKLOG : 0);
  sendAttached(client, attachment, continuity, start.error);
  replay(attachment, backlog);
  if (attachment.hasPresence) sendSync(client, attachment);
}

/** Applies new modes or params. Messages that this transport has received are not replayed. */
function reattach(
  client: ConnectedClient,
  attachment: Attachment,
  options: AttachOptions,
  modes: number,
): void {
  Object.assign(attachment, { options, modes });
  sendAttached(client, attachment, Flag.RESUMED);
  if (attachment.hasPresence) sendSync(client, attachment);
}

function sendAttached(
  { transport }: ConnectedClient,
  attachment: Attachment,
  continuity: number,
  error?: WireError,
): void {
  transport.send({
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
