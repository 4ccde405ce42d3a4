import type { NetlifyFunction } from '@netlify/functions';
import { authorize } from '../lib/authorize.ts';
import { readAuthEnv } from '../lib/env.ts';
import { answering, json } from '../lib/responses.ts';
import { createSession, createTokenRequest } from '../lib/session.ts';

/**
 * `GET` returns a plain TokenRequest with a new clientId, so any Ably client can use it as authUrl.
 * `POST { identity? }` returns a Session: token request, renewed identity, configuration of the
 * page.
 */
export default answering('ably-auth', {
  async GET(request) {
    const env = readAuthEnv();
    const { clientId } = await authorize(request);
    return json(await createTokenRequest(clientId, env));
  },
  async POST(request) {
    const env = readAuthEnv();
    return json(await createSession(await authorize(request), env));
  },
}) satisfies NetlifyFunction['fetch'];
