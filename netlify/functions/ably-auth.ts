import type { Session } from '@chat/contract';
import type { NetlifyFunction } from '@netlify/functions';
import { authorize } from '../lib/authorize.ts';
import { toClientConfig } from '../lib/client-config.ts';
import { readAuthEnv } from '../lib/env.ts';
import { MethodNotAllowed } from '../lib/errors.ts';
import { answering, json } from '../lib/responses.ts';
import { createTokenRequest } from '../lib/token.ts';

/**
 * `GET` answers a plain TokenRequest for a new person, so any Ably client can use this as its authUrl.
 * `POST { identity? }` answers a Session: the TokenRequest, the renewed identity and what the page must know.
 */
export default answering('ably-auth', async (request) => {
  switch (request.method) {
    case 'GET': {
      const env = readAuthEnv();
      const { clientId } = await authorize(request);
      return json(await createTokenRequest(clientId, env));
    }
    case 'POST': {
      const env = readAuthEnv();
      const { clientId, identity } = await authorize(request);
      const session: Session = {
        tokenRequest: await createTokenRequest(clientId, env),
        identity,
        config: toClientConfig(env),
      };
      return json(session);
    }
    default:
      throw new MethodNotAllowed(request.method, ['GET', 'POST']);
  }
}) satisfies NetlifyFunction['fetch'];
