import { sameSecret } from '../auth/crypto.ts';
import { grantToken, parseTokenRequest } from '../auth/token-request.ts';
import { Code, WireError } from '../errors.ts';
import type { Route } from './request.ts';

/** Issues a token for a signed request, or for a request authenticated with the key itself. */
export const requestToken: Route = async (request) => {
  const { apps, timing } = request.context;
  const keyName = request.pathParam('keyName');
  const key = apps.findKey(keyName);
  if (!key) throw new WireError(Code.notFound, `No key named "${keyName}"`);
  const { key: credentials } = request.credentials();
  const isKeyAuth = credentials !== undefined && sameSecret(credentials, `${key.name}:${key.secret}`);
  const tokenRequest = parseTokenRequest(await request.body());
  const { nonces } = apps.ownerOf(key);
  return { status: 201, body: grantToken(tokenRequest, key, { nonces, timing, isKeyAuth }) };
};
