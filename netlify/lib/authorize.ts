import { SessionRequestSchema } from '@chat/contract';
import { readIdentityEnv } from './env.ts';
import { recognize, type Author } from './identity.ts';
import { parseBody } from './read-request.ts';

/**
 * Decides which author a request comes from; `answering` calls it for every request to every
 * function, the reading ones too. If your chat has real users, replace this function: read your
 * session cookie or Authorization header, return your user's stable id as `clientId` (`identity`
 * may then be ''), and throw Unauthorized for requests that may not chat. Ably stamps the clientId
 * on every message, and only a message's author may edit it.
 *
 * This default admits every request: a valid identity keeps its clientId, any other request gets a
 * new one. The identity is in `Authorization: Bearer <identity>`, or in the body of a POST.
 * @throws BadRequest, BodyTooLarge
 */
export async function authorize(request: Request): Promise<Author> {
  const identity = bearerOf(request) ?? (await identityInBody(request));
  return recognize(identity, readIdentityEnv());
}

function bearerOf(request: Request): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
}

/** Reads the body, so that no other code can: only ably-auth has one. */
async function identityInBody(request: Request): Promise<string | undefined> {
  if (request.method !== 'POST') return undefined;
  return (await parseBody(request, SessionRequestSchema)).identity;
}
