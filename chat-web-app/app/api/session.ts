import { SessionSchema } from '@chat/contract';
import type { Session } from '@chat/contract';
import { requestJson } from './request-json';

/**
 * Asks for a token request, together with where this page runs.
 * @param identity the credential of an earlier answer, which keeps the clientId; none makes a new person
 */
export function startSession(identity: string | undefined): Promise<Session> {
  return requestJson('/.netlify/functions/ably-auth', SessionSchema, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identity }),
  });
}
