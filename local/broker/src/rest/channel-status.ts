import { occupancyOf } from '../channels/occupancy.ts';
import type { Route } from './request.ts';

const EMPTY = { attachments: new Set<never>(), presence: { size: 0 } };

export const channelStatus: Route = async (request) => {
  const { caller, channel: name } = await request.authorized('channel-metadata');
  const metrics = occupancyOf(caller.app.channels.find(name) ?? EMPTY);
  const isActive = metrics.connections > 0 || metrics.presenceMembers > 0;
  return { status: 200, body: { channelId: name, name, status: { isActive, occupancy: { metrics } } } };
};
