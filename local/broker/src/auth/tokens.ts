import * as v from 'valibot';
import { Code, WireError } from '../errors.ts';
import { hmac, sameSecret } from './crypto.ts';
import type { ApiKey, FindKey } from './keys.ts';

/**
 * A token is `appId.base64url(mac, JSON of TokenContent)`. It contains its claims, signed with its
 * key, so that it stays valid when the broker restarts.
 */
const TokenContentSchema = v.object({
  keyName: v.string(),
  issued: v.number(),
  expires: v.number(),
  capability: v.string(),
  clientId: v.optional(v.string()),
});

export type TokenContent = v.InferOutput<typeof TokenContentSchema>;

/** The response to a token request. `capability` is JSON; anonymous tokens have no clientId. */
export interface TokenDetails extends TokenContent {
  token: string;
}

const MAC_BYTES = 32;

/** Derives a key for tokens only: no other text signed with the secret can pass for a token. */
const macOf = (secret: string, json: string) => hmac(hmac(secret, 'broker token'), json);

export function issueToken(key: ApiKey, content: TokenContent): TokenDetails {
  const json = JSON.stringify(content);
  const opaque = Buffer.concat([macOf(key.secret, json), Buffer.from(json)]).toString('base64url');
  return { token: `${key.appId}.${opaque}`, ...content };
}

/**
 * @throws WireError 40145 for a malformed token, 40143 for an unknown key or a wrong signature;
 * both make a client renew its token
 */
export function readToken(token: string, findKey: FindKey): { key: ApiKey; content: TokenContent } {
  const bytes = Buffer.from(token.slice(token.indexOf('.') + 1), 'base64url');
  const json = bytes.subarray(MAC_BYTES).toString('utf8');
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), TokenContentSchema), json);
  if (!parsed.success) throw new WireError(Code.tokenUnparsable, 'The token is malformed');
  const content = parsed.output;
  const key = findKey(content.keyName);
  if (!key || !sameSecret(bytes.subarray(0, MAC_BYTES), macOf(key.secret, json))) {
    throw new WireError(Code.tokenUnknown, 'The token was not issued by this broker');
  }
  return { key, content };
}
