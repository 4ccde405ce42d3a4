import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { maxTtlOf, type ApiKey, type FindKey } from './keys.ts';
import type { TokenIdentity } from './revocations.ts';
import type { TokenContent } from './tokens.ts';

export const looksLikeJwt = (token: string) => /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(token);

/**
 * Verifies an Ably JWT: HS256 with the secret of the key that `kid` names; claims `iat`, `exp`,
 * `x-ably-capability`, `x-ably-clientId` and `x-ably-revocation-key`. The caller checks the expiry,
 * to the millisecond.
 * @throws WireError 40144 malformed, 40101 wrong signature, 40400 unknown key
 */
export async function readJwt(
  token: string,
  findKey: FindKey,
  now: number,
): Promise<{ key: ApiKey; content: TokenContent & TokenIdentity }> {
  const kid = keyNameIn(token);
  const key = findKey(kid);
  if (!key) throw new WireError(Code.notFound, `No key named "${kid}", the kid of the JWT`);
  const claims = await verifiedClaims(token, key);
  const { iat, exp } = claims;
  const [issued, expires] = [Number(iat) * 1000, Number(exp) * 1000];
  const isValidSpan =
    expires > issued && expires - issued <= maxTtlOf(key) && issued <= now + limits.maxTokenTtl;
  if (!isValidSpan) {
    throw new WireError(
      Code.jwtInvalid,
      `The JWT needs iat and exp, in seconds, at most ${maxTtlOf(key) / 3_600_000} h apart`,
    );
  }
  const capability = claims['x-ably-capability'] ?? key.capabilityText;
  const clientId = claims['x-ably-clientId'];
  const revocationKey = claims['x-ably-revocation-key'];
  if (typeof capability !== 'string' || !isOptionalText(clientId) || !isOptionalText(revocationKey)) {
    throw new WireError(
      Code.jwtInvalid,
      'x-ably-capability, x-ably-clientId and x-ably-revocation-key of the JWT must be strings',
    );
  }
  return { key, content: { keyName: key.name, issued, expires, capability, clientId, revocationKey } };
}

const isOptionalText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

function keyNameIn(token: string): string {
  try {
    return String(decodeProtectedHeader(token).kid);
  } catch (error) {
    throw new WireError(Code.jwtInvalid, 'The JWT header is malformed', { cause: error });
  }
}

async function verifiedClaims(token: string, key: ApiKey): Promise<JWTPayload> {
  try {
    // jose rounds `exp` down to seconds; a date before every token disables its expiry check.
    const options = {
      algorithms: ['HS256'],
      currentDate: new Date(0),
      clockTolerance: Number.MAX_SAFE_INTEGER,
    };
    return (await jwtVerify(token, Buffer.from(key.secret), options)).payload;
  } catch (error) {
    const isForged = error instanceof errors.JWSSignatureVerificationFailed;
    throw new WireError(
      isForged ? Code.unauthorized : Code.jwtInvalid,
      'The JWT is invalid or not signed with the secret of its key',
      { cause: error },
    );
  }
}
