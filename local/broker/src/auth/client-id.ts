import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';

/** @throws WireError 40012 */
export function ensureClientId(clientId: string): void {
  if (clientId !== '' && clientId !== '*' && clientId.length <= limits.clientIdLength) return;
  throw new WireError(
    Code.badClientId,
    `A clientId must have 1 to ${limits.clientIdLength} characters and must not be "*"`,
  );
}

/**
 * Returns the identity of a connection or request. The token decides; only a wildcard token lets
 * the client choose.
 * @throws WireError 40102
 */
export function resolveClientId(
  ofToken: string | undefined,
  claimed: string | undefined,
): string | undefined {
  if (claimed === undefined || claimed === ofToken) return ofToken;
  if (ofToken === '*') return claimed;
  throw new WireError(Code.incompatibleIdentity, `The token does not allow the clientId "${claimed}"`);
}

/**
 * Returns the clientId of a message or presence member.
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
