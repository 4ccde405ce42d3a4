import { SessionRequestSchema } from '@chat/contract';
import { readAuthEnv } from './env.ts';
import { recognize, type Author } from './identity.ts';
import { parseBody } from './read-request.ts';

/**
 * Decides which author a request comes from. If your chat has real users, replace this function:
 * read your session cookie or Authorization header, return your user's stable id as `clientId`
 * (`identity` may then be ''), and throw Unauthorized for requests that may not chat. Ably stamps
 * the clientId on every message, and only a message's author may edit it.
 *
 * This default admits every request: a valid identity keeps its clientId, any other request gets a
 * new one. Only a POST can carry an identity.
 * @throws BadRequest, BodyTooLarge
 */
export async function authorize(request: Request): Promise<Author> {
  const { identity } = request.method === 'POST' ? await parseBody(request, SessionRequestSchema) : {};
  return recognize(identity, readAuthEnv().IDENTITY_SECRET);
}
