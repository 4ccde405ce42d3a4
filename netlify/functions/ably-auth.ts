import type { Config, NetlifyFunction } from '@netlify/functions';
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

/**
 * Beyond this, Netlify answers 429 (unproved here):
 * https://docs.netlify.com/security/secure-access-to-sites/rate-limiting. A tab needs one token at
 * its start, one an hour, and a few when its network changes; an office shares one address. The
 * bundler reads literals only, and takes a single string as "domain" alone.
 */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 120, aggregateBy: ['ip', 'domain'] },
};
