import { readAuthEnv } from './env.ts';
import { recognize, type Person } from './identity.ts';
import { readPresentedIdentity } from './session-request.ts';

/**
 * Decides who a request is. If you have real users, this is the one function to replace: take your session cookie or
 * Authorization header, answer `{ clientId, identity }` with your user's stable id as clientId (identity may then be ''),
 * and throw Unauthorized for whoever may not chat. Ably stamps the clientId on every message, and only a message's author may edit it.
 *
 * As it is, everybody may chat: who brings a valid credential stays who they were, all others are new.
 * @throws BadRequest or BodyTooLarge for a request that cannot be read
 */
export async function authorize(request: Request): Promise<Person> {
  return recognize(await readPresentedIdentity(request), readAuthEnv().IDENTITY_SECRET);
}
