import { presenceToWire } from '../channels/entry.ts';
import { pageOf, pageReply, parseLimit } from './pagination.ts';
import type { Route } from './request.ts';

/** Returns the presence set. */
export const presenceMembers: Route = async (request, format) => {
  const { caller, channel: name } = await request.authorized('subscribe');
  const query = request.query();
  const members = (caller.app.channels.find(name)?.presence.list() ?? [])
    .filter(({ clientId }) => query.clientId === undefined || clientId === query.clientId)
    .filter(({ connectionId }) => query.connectionId === undefined || connectionId === query.connectionId)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const page = pageOf(
    members,
    parseLimit(query.limit),
    query.cursor,
    ({ id }) => id,
    ({ id }, cursor) => id > cursor,
  );
  const body = page.items.map((member) => presenceToWire(member, format));
  return pageReply('presence', query, body, page.cursor);
};
