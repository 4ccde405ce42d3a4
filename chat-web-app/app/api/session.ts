import { ROUTES, SessionSchema } from '@chat/contract';
import type { Session } from '@chat/contract';
import { requestJson } from './request-json';

/**
 * Requests a token request and the configuration of this deployment.
 * @param identity the credential of an earlier answer, which keeps the clientId; without it the
 *   server issues a new identity
 */
export function startSession(identity: string | undefined): Promise<Session> {
  return requestJson(ROUTES.ablyAuth, SessionSchema, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identity }),
  });
}
