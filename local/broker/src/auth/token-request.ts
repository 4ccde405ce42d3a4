import * as v from 'valibot';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Timing } from '../timing.ts';
import { intersect, parseCapability } from './capability.ts';
import { hmac, sameSecret } from './crypto.ts';
import { maxTtlOf, type ApiKey } from './keys.ts';
import type { NonceStore } from './nonces.ts';
import { issueToken, type TokenDetails } from './tokens.ts';

/** An authUrl may turn numbers into strings; the mac covers the text as sent. */
const asSent = v.pipe(v.union([v.string(), v.number()]), v.transform(String));

const TokenRequestSchema = v.object({
  keyName: v.string(),
  ttl: v.nullish(asSent),
  capability: v.nullish(v.string()),
  clientId: v.nullish(v.string()),
  timestamp: v.nullish(asSent),
  nonce: v.nullish(v.string()),
  mac: v.nullish(v.string()),
});

export type TokenRequest = v.InferOutput<typeof TokenRequestSchema>;

export function parseTokenRequest(body: unknown): TokenRequest {
  const parsed = v.safeParse(TokenRequestSchema, body);
  if (parsed.success) return parsed.output;
  throw new WireError(Code.badRequest, 'A token request needs keyName, timestamp, nonce and mac');
}

export interface TokenRequestContext {
  nonces: NonceStore;
  timing: Timing;
  /** The request is authenticated with the key itself and needs no mac. */
  isKeyAuth: boolean;
}

/**
 * Issues a token for a signed token request.
 * @throws WireError that names the first failed check
 */
export function grantToken(request: TokenRequest, key: ApiKey, context: TokenRequestContext): TokenDetails {
  const now = context.timing.now();
  if (request.keyName !== key.name) {
    throw new WireError(
      Code.unauthorized,
      `The token request is for key "${request.keyName}", not "${key.name}"`,
    );
  }
  if (request.mac || !context.isKeyAuth) ensureSigned(request, key, context, now);
  const ttl = parseTtl(request.ttl, maxTtlOf(key));
  const clientId = request.clientId ?? undefined;
  if (clientId === '') throw new WireError(Code.badClientId, 'clientId must not be empty');
  const capability = request.capability
    ? JSON.stringify(intersect(parseCapability(request.capability), key.capability))
    : key.capabilityText;
  return issueToken(key, { keyName: key.name, issued: now, expires: now + ttl, capability, clientId });
}

/** Six values, each followed by a newline; absent ones are empty. */
function signedText(request: TokenRequest): string {
  const { keyName, ttl, capability, clientId, timestamp, nonce } = request;
  return [keyName, ttl, capability, clientId, timestamp, nonce].map((value) => `${value ?? ''}\n`).join('');
}

function ensureSigned(
  request: TokenRequest,
  key: ApiKey,
  { nonces, timing }: TokenRequestContext,
  now: number,
) {
  const { timestamp, nonce } = request;
  if (!sameSecret(request.mac ?? '', hmac(key.secret, signedText(request)).toString('base64'))) {
    throw new WireError(Code.unauthorized, `The mac of the token request does not match key "${key.name}"`);
  }
  const age = Math.abs(now - Number(timestamp ?? NaN));
  if (!(age <= timing.tokenRequestWindow)) {
    throw new WireError(
      Code.staleTokenRequest,
      'The timestamp of the token request is too far from the current time',
    );
  }
  if (!nonce || nonce.length < 16 || !nonces.use(`${key.name}\n${nonce}`, now)) {
    throw new WireError(
      Code.nonceReplayed,
      'The nonce of the token request was used before or has fewer than 16 characters',
    );
  }
}

function parseTtl(text: string | null | undefined, max: number): number {
  if (text === undefined || text === null || text === '') return limits.defaultTokenTtl;
  const ttl = Number(text);
  if (Number.isSafeInteger(ttl) && ttl > 0 && ttl <= max) return ttl;
  throw new WireError(
    Code.badParameter,
    `ttl "${text}" must be an integer from 1 to ${max} ms for tokens of this key`,
  );
}
