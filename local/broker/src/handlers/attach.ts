import { announceAttached, announceMembers } from '../channels/announce.ts';
import { Attachment } from '../channels/attachment.ts';
import { EntryFrames, type MessageEntry } from '../channels/entry.ts';
import { matching } from '../channels/filter.ts';
import { parseChannelName } from '../channels/name.ts';
import { filteredOptions, grantModes, parseAttachOptions, type AttachOptions } from '../channels/params.ts';
import { startingPoint } from '../channels/starting-point.ts';
import { Flag, Mode } from '../protocol/actions.ts';
import type { InboundFrame } from '../protocol/frames.ts';
import type { ConnectedClient } from '../realtime/connected-client.ts';

/** Must stay synchronous, so that no live message is delivered before the backlog. */
export function attach(client: ConnectedClient, frame: InboundFrame, requested: string): void {
  const { connection } = client;
  const name = parseChannelName(requested);
  const flags = frame.flags ?? 0;
  const unfiltered = parseAttachOptions({ ...name.params, ...frame.params }, flags);
  const options = name.filter ? filteredOptions(unfiltered, name.filter) : unfiltered;
  const modes = grantModes(options.modes, connection.principal.capability, name.resource);
  const existing = connection.attachments.get(requested);
  if (existing) return reattach(client, existing, options, modes);
  const { account, apps } = client.context;
  if (connection.attachments.size >= account.plan.channelsPerConnection) {
    throw account.exceeded('channelsPerConnection', `connection:${connection.id}`);
  }

  const channel = client.app.channels.get(name.base);
  if (channel.attachments.size === 0) account.admitChannel(() => apps.activeChannels());
  const now = client.context.timing.now();
  const rewind = flags & Flag.ATTACH_RESUME ? undefined : options.rewind;
  const start = startingPoint(channel, frame.channelSerial, rewind, now);
  const attachment = new Attachment(channel, requested, client, options, modes, start.serial);
  const backlog = attachment.has(Mode.subscribe) ? start.backlog.filter(isWantedBy(options)) : [];
  connection.attach(attachment);
  const continuity = (start.isResumed ? Flag.RESUMED : 0) | (backlog.length > 0 ? Flag.HAS_BACKLOG : 0);
  announceAttached(attachment, continuity, start.error);
  replay(attachment, backlog);
  if (attachment.hasPresence) announceMembers(attachment, now);
  channel.reviewOccupancy(attachment);
}

const isWantedBy =
  ({ filter }: AttachOptions) =>
  (entry: MessageEntry) =>
    !filter || matching(entry, filter) !== undefined;

/** Applies new modes or params. Messages that this transport has received are not replayed. */
function reattach(
  client: ConnectedClient,
  attachment: Attachment,
  options: AttachOptions,
  modes: number,
): void {
  Object.assign(attachment, { options, modes });
  announceAttached(attachment, Flag.RESUMED);
  if (attachment.hasPresence) announceMembers(attachment, client.context.timing.now());
  attachment.channel.reviewOccupancy(attachment);
}

function replay(attachment: Attachment, backlog: MessageEntry[]): void {
  for (const entry of backlog) attachment.deliver(new EntryFrames(entry));
}
