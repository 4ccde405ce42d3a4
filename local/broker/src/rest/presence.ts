import { ensureAllows } from '../auth/capability.ts';
import { presenceToWire } from '../channels/entry.ts';
import { parsePlainChannel } from '../channels/name.ts';
import { Code, WireError } from '../errors.ts';
import { counted, flatReply, resultOf } from './batch.ts';
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

const MAX_CHANNELS = 100;

/** Returns the presence sets of several channels, each with success or failure of its own. */
export const presenceBatch: Route = async (request, format) => {
  const { app, capability } = await request.caller();
  const query = request.query();
  const names = (query.channels ?? query.channel)?.split(',') ?? [];
  if (names.length === 0 || names.length > MAX_CHANNELS) {
    throw new WireError(Code.badParameter, `channels must list 1 to ${MAX_CHANNELS} names, with commas`);
  }
  const results = names.map((channel) =>
    resultOf({ channel }, () => {
      const { base } = parsePlainChannel(channel);
      ensureAllows(capability, base, 'subscribe');
      const members = app.channels.find(base)?.presence.list() ?? [];
      return { presence: members.map((member) => presenceToWire(member, format)) };
    }),
  );
  if (request.version() < 3) return flatReply(200, results);
  return { status: 200, body: counted(results) };
};
