import { Mode } from '../protocol/actions.ts';
import type { Route } from './request.ts';

export const channelStatus: Route = async (request) => {
  const { caller, channel: name } = await request.authorized('channel-metadata');
  const channel = caller.app.channels.find(name);
  const attachments = [...(channel?.attachments ?? [])];
  const having = (mode: number) => attachments.filter((attachment) => attachment.has(mode)).length;
  const metrics = {
    connections: new Set(attachments.map(({ connectionId }) => connectionId)).size,
    publishers: having(Mode.publish),
    subscribers: having(Mode.subscribe),
    presenceConnections: having(Mode.presence),
    presenceMembers: channel?.presence.size ?? 0,
    presenceSubscribers: having(Mode.presence_subscribe),
    objectPublishers: having(Mode.object_publish),
    objectSubscribers: having(Mode.object_subscribe),
  };
  const isActive = attachments.length > 0 || metrics.presenceMembers > 0;
  return { status: 200, body: { channelId: name, name, status: { isActive, occupancy: { metrics } } } };
};
