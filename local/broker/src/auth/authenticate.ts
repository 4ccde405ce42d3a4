import { Code, WireError } from '../errors.ts';
import { intersect, parseCapability, type Capability } from './capability.ts';
import { ensureClientId, resolveClientId } from './client-id.ts';
import { sameSecret } from './crypto.ts';
import { looksLikeJwt, readJwt } from './jwt.ts';
import type { ApiKey, Keys } from './keys.ts';
import { tokenRevoked, type TokenIdentity } from './revocations.ts';
import { readToken } from './tokens.ts';

export interface Credentials {
  key?: string | undefined;
  token?: string | undefined;
  /** The identity that the client claims, by the clientId param or header. */
  clientId?: string | undefined;
}

/** An authenticated client: its identity and its rights. */
export interface Principal {
  /** The key that authenticated the client, itself or through a token. */
  key: ApiKey;
  /** Absent for the key itself. */
  token?: TokenIdentity;
  capability: Capability;
  /** `*` may act as any clientId; undefined is anonymous. */
  clientId: string | undefined;
  /** When the token expires, in ms since the epoch. Keys do not expire. */
  expires: number | undefined;
}

/** @throws WireError 401xx or 40400 for invalid credentials; its message never quotes a secret */
export async function authenticate(
  keys: Keys,
  { key, token, clientId }: Credentials,
  now: number,
): Promise<Principal> {
  if (clientId !== undefined) ensureClientId(clientId);
  if (key !== undefined) return authenticateKey(keys, key, clientId);
  if (token !== undefined) return authenticateToken(keys, token, clientId, now);
  throw new WireError(Code.unauthorized, 'The request has neither a key nor a token');
}

function authenticateKey(keys: Keys, text: string, clientId: string | undefined): Principal {
  const colon = text.indexOf(':');
  const [name, secret] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  const key = keys.findKey(name);
  if (!key) throw unknownKey(keys, name);
  if (!sameSecret(secret, key.secret)) {
    throw new WireError(Code.unauthorized, `Wrong secret for key "${name}"`);
  }
  const { capability } = key;
  return { key, capability, clientId: clientId ?? '*', expires: undefined };
}

/** Ably rejects both with status 401: the code shows whether the app exists. */
function unknownKey(keys: Keys, name: string): WireError {
  const appId = name.split('.')[0] ?? '';
  return keys.has(appId)
    ? new WireError(Code.notFound, `No key named "${name}"`, { statusCode: 401 })
    : new WireError(Code.unauthorized, `No app with the id "${appId}" of the key`);
}

async function authenticateToken(
  { findKey }: Keys,
  token: string,
  clientId: string | undefined,
  now: number,
): Promise<Principal> {
  const { key, content } = looksLikeJwt(token)
    ? await readJwt(token, findKey, now)
    : readToken(token, findKey);
  if (content.expires <= now) throw new WireError(Code.tokenExpired, 'The token has expired');
  if (key.revocations?.areRevoking(content, now)) throw tokenRevoked();
  return {
    key,
    token: content,
    capability: intersect(parseCapability(content.capability), key.capability),
    clientId: resolveClientId(content.clientId, clientId),
    expires: content.expires,
  };
}
