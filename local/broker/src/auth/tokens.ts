import * as v from 'valibot';
import type { App, AppRegistry } from '../apps/app.ts';
import { Code, WireError } from '../errors.ts';
import { hmac, sameSecret } from './crypto.ts';
import type { ApiKey } from './keys.ts';

/**
 * A token carries its own content, signed with its key, so that it outlives the broker process:
 * `appId.base64url(mac, JSON of TokenContent)`.
 */
const TokenContentSchema = v.object({
  keyName: v.string(),
  issued: v.number(),
  expires: v.number(),
  capability: v.string(),
  clientId: v.optional(v.string()),
});

export type TokenContent = v.InferOutput<typeof TokenContentSchema>;

/** What a client gets for a token request. `capability` is JSON text; clientId is absent for anonymous tokens. */
export interface TokenDetails extends TokenContent {
  token: string;
}

const MAC_BYTES = 32;

/** A key of its own for tokens: no other text that the secret signs can pass for one. */
const macOf = (secret: string, json: string) => hmac(hmac(secret, 'broker token'), json);

export function issueToken(key: ApiKey, content: TokenContent): TokenDetails {
  const json = JSON.stringify(content);
  const opaque = Buffer.concat([macOf(key.secret, json), Buffer.from(json)]).toString('base64url');
  return { token: `${key.appId}.${opaque}`, ...content };
}

/**
 * @throws WireError 40145 when it is no token of ours, 40143 when its key or signature is unknown: both make a client renew
 */
export function readToken(
  token: string,
  apps: AppRegistry,
): { app: App; key: ApiKey; content: TokenContent } {
  const bytes = Buffer.from(token.slice(token.indexOf('.') + 1), 'base64url');
  const json = bytes.subarray(MAC_BYTES).toString('utf8');
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), TokenContentSchema), json);
  if (!parsed.success) throw new WireError(Code.tokenUnparsable, 'The token cannot be read');
  const content = parsed.output;
  const found = apps.findKey(content.keyName);
  if (!found || !sameSecret(bytes.subarray(0, MAC_BYTES), macOf(found.key.secret, json))) {
    throw new WireError(Code.tokenUnknown, 'The token was not issued here');
  }
  return { ...found, content };
}
