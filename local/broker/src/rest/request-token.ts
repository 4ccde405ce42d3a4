import { sameSecret } from '../auth/crypto.ts';
import { grantToken, parseTokenRequest } from '../auth/token-request.ts';
import { Code, WireError } from '../errors.ts';
import type { Route } from './route.ts';

/** A token for a signed request, or for whoever shows the key itself. */
export const requestToken: Route = async (request) => {
  const keyName = request.pathParam('keyName');
  const found = request.context.apps.findKey(keyName);
  if (!found) throw new WireError(Code.notFound, `No key named "${keyName}"`);
  const { app, key } = found;
  const { key: shown } = request.credentials();
  const holdsKey = shown !== undefined && sameSecret(shown, `${key.name}:${key.secret}`);
  const tokenRequest = parseTokenRequest(await request.body());
  const details = grantToken(tokenRequest, key, {
    nonces: app.nonces,
    timing: request.context.timing,
    holdsKey,
  });
  return { status: 201, body: details };
};
