import { publishOverRest } from '../channels/publish.ts';
import { Code, WireError } from '../errors.ts';
import type { Route } from './route.ts';

/** One message or an array of them; all are stored, or none. */
export const publishMessages: Route = async (request) => {
  const { principal, channel } = await request.authorized('publish');
  const body = await request.body();
  const messages: unknown[] = Array.isArray(body) ? body : [body];
  if (messages.length === 0) throw new WireError(Code.badBody, 'The body holds no message');
  return { status: 201, body: { channel, ...publishOverRest(principal, channel, messages) } };
};
