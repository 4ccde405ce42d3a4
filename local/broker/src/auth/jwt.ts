import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { App, AppRegistry } from '../apps/app.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ApiKey } from './keys.ts';
import type { TokenContent } from './tokens.ts';

export const looksLikeJwt = (token: string) => /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(token);

/**
 * An Ably JWT: HS256 with the secret of the key that `kid` names; claims `iat`, `exp`, `x-ably-capability` and
 * `x-ably-clientId`. Expiry is left to the caller, who knows the time to the millisecond.
 * @throws WireError 40144 malformed, 40101 bad signature, 40400 unknown key
 */
export async function readJwt(
  token: string,
  apps: AppRegistry,
  now: number,
): Promise<{ app: App; key: ApiKey; content: TokenContent }> {
  const kid = keyNameIn(token);
  const found = apps.findKey(kid);
  if (!found) throw new WireError(Code.notFound, `No key "${kid}", which the JWT's kid names`);
  const { app, key } = found;
  const claims = await verified(token, key);
  const { iat, exp } = claims;
  const [issued, expires] = [Number(iat) * 1000, Number(exp) * 1000];
  if (!(expires > issued && expires - issued <= limits.maxTokenTtl && issued <= now + limits.maxTokenTtl)) {
    throw new WireError(Code.jwtInvalid, 'The JWT needs iat and exp, in seconds, at most 24 hours apart');
  }
  const capability = claims['x-ably-capability'] ?? key.capabilityText;
  const clientId = claims['x-ably-clientId'];
  if (typeof capability !== 'string' || (clientId !== undefined && typeof clientId !== 'string')) {
    throw new WireError(Code.jwtInvalid, 'x-ably-capability and x-ably-clientId of the JWT must be text');
  }
  return { app, key, content: { keyName: key.name, issued, expires, capability, clientId } };
}

function keyNameIn(token: string): string {
  try {
    return String(decodeProtectedHeader(token).kid);
  } catch (error) {
    throw new WireError(Code.jwtInvalid, 'The JWT header cannot be read', { cause: error });
  }
}

async function verified(token: string, key: ApiKey): Promise<JWTPayload> {
  try {
    // jose would round `exp` down to seconds; a date before all tokens leaves that check to us.
    const options = {
      algorithms: ['HS256'],
      currentDate: new Date(0),
      clockTolerance: Number.MAX_SAFE_INTEGER,
    };
    return (await jwtVerify(token, Buffer.from(key.secret), options)).payload;
  } catch (error) {
    const code = error instanceof errors.JWSSignatureVerificationFailed ? Code.unauthorized : Code.jwtInvalid;
    throw new WireError(code, 'The JWT is not valid or not signed with the secret of its key', {
      cause: error,
    });
  }
}
