import type { NetlifyFunction } from '@netlify/functions';
import { readAuthEnv } from '../lib/env.ts';
import { answering, json } from '../lib/responses.ts';
import { createSession, createTokenRequest } from '../lib/session.ts';

/**
 * `GET` returns a plain TokenRequest with a new clientId, so any Ably client can use it as authUrl.
 * `POST { identity? }` returns a Session: token request, renewed identity, configuration of the
 * page.
 */
export default answering('ably-auth', readAuthEnv, {
  async GET({ author, env }) {
    return json(await createTokenRequest(author.clientId, env));
  },
  async POST({ author, env }) {
    return json(await createSession(author, env));
  },
}) satisfies NetlifyFunction['fetch'];
