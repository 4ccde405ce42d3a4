import type { App, AppRegistry } from '../apps/app.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { intersect, parseCapability, type Capability } from './capability.ts';
import { sameSecret } from './crypto.ts';
import { looksLikeJwt, readJwt } from './jwt.ts';
import type { ApiKey } from './keys.ts';
import { readToken } from './tokens.ts';

export interface Credentials {
  key?: string | undefined;
  token?: string | undefined;
  /** Who the client says it is: the clientId param or header. */
  clientId?: string | undefined;
}

/** Who somebody is and what they may do. */
export interface Principal {
  app: App;
  key: ApiKey;
  /** Proved by holding the key itself, not a token. */
  holdsKey: boolean;
  capability: Capability;
  /** `*` may act as anybody; undefined is anonymous. */
  clientId: string | undefined;
  /** When the token ends, ms since the epoch. Keys have no end. */
  expires: number | undefined;
}

/** @throws WireError 401xx or 40400, saying what is wrong with the credentials but never quoting them */
export async function authenticate(
  apps: AppRegistry,
  credentials: Credentials,
  now: number,
): Promise<Principal> {
  const { clientId } = credentials;
  if (clientId !== undefined) ensureClientId(clientId);
  if (credentials.key !== undefined) {
    const { app, key } = findByKey(apps, credentials.key);
    return {
      app,
      key,
      holdsKey: true,
      capability: key.capability,
      clientId: clientId ?? '*',
      expires: undefined,
    };
  }
  if (credentials.token === undefined)
    throw new WireError(Code.unauthorized, 'No key and no token was given');
  return authenticateToken(apps, credentials.token, clientId, now);
}

async function authenticateToken(
  apps: AppRegistry,
  token: string,
  clientId: string | undefined,
  now: number,
) {
  const { app, key, content } = looksLikeJwt(token)
    ? await readJwt(token, apps, now)
    : readToken(token, apps);
  if (content.expires <= now) throw new WireError(Code.tokenExpired, 'The token has expired');
  return {
    app,
    key,
    holdsKey: false,
    capability: intersect(parseCapability(content.capability), key.capability),
    clientId: resolveClientId(content.clientId, clientId),
    expires: content.expires,
  };
}

function findByKey(apps: AppRegistry, text: string): { app: App; key: ApiKey } {
  const colon = text.indexOf(':');
  const [name, secret] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  const found = apps.findKey(name);
  if (!found) throw new WireError(Code.notFound, `No key named "${name}"`);
  if (!sameSecret(secret, found.key.secret))
    throw new WireError(Code.unauthorized, `Wrong secret for key "${name}"`);
  return found;
}

/** A token's own clientId decides; only a wildcard lets the client choose. */
function resolveClientId(ofToken: string | undefined, claimed: string | undefined): string | undefined {
  if (claimed === undefined || claimed === ofToken) return ofToken;
  if (ofToken === '*') return claimed;
  throw new WireError(Code.incompatibleIdentity, `The token does not allow the clientId "${claimed}"`);
}

/** @throws WireError 40012 */
export function ensureClientId(clientId: string): void {
  if (clientId !== '' && clientId !== '*' && clientId.length <= limits.clientIdLength) return;
  throw new WireError(Code.badClientId, 'A clientId must not be empty, "*" or overlong');
}

/**
 * The clientId to stamp on a message or member.
 * @throws WireError 40012 when the sender may not act as that client
 */
export function actingClientId(
  identity: string | undefined,
  claimed: string | undefined,
): string | undefined {
  if (claimed === undefined) return identity === '*' ? undefined : identity;
  ensureClientId(claimed);
  if (identity === '*' || identity === claimed) return claimed;
  throw new WireError(Code.badClientId, `The sender may not act as clientId "${claimed}"`);
}
