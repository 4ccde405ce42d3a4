import { IDENTITY_DAYS, MessageIdSchema, quote } from '@chat/contract';
import { errors, jwtVerify, SignJWT } from 'jose';
import * as v from 'valibot';
import type { IdentityEnv } from './env.ts';
import { Misconfigured } from './errors.ts';

/**
 * The author of a tab's messages: a random clientId, and the identity that proves it after a
 * reload. The identity is a JWT that only these functions sign and verify; it is opaque to the tab.
 */
export interface Author {
  readonly clientId: string;
  readonly identity: string;
}

const ALGORITHM = 'HS256';
const ISSUER = 'ably-auth';
/** Rejects other JWTs signed with the same secret. */
const AUDIENCE = 'chat-identity';

/**
 * Returns the author of a valid identity, with the identity renewed. Without one, or when it is
 * expired, tampered with or signed with an unknown secret, returns a new author: a leaked secret
 * must be replaceable without locking people out.
 */
export async function recognize(identity: string | undefined, env: IdentityEnv): Promise<Author> {
  const { IDENTITY_SECRET: current, IDENTITY_SECRET_PREVIOUS: previous } = env;
  const clientId =
    (await verify(identity, current)) ?? (await verify(identity, previous)) ?? crypto.randomUUID();
  return { clientId, identity: await sign(clientId, current) };
}

/**
 * Returns the author if Ably and chat-writer can use its clientId, which a deployer's `authorize`
 * may have composed. Ably reads `*` as the right to act as any client.
 * @throws Misconfigured
 */
export function ensureUsable(author: Author): Author {
  if (v.is(MessageIdSchema, author.clientId) && author.clientId !== '*') return author;
  throw new Misconfigured([
    `authorize() returned the clientId ${quote(String(author.clientId))}; ` +
      'it must be 1 to 256 characters of plain text, and not "*"',
  ]);
}

/** Returns the clientId of an identity that this secret signed. */
async function verify(identity?: string, secret?: string): Promise<string | undefined> {
  if (identity === undefined || secret === undefined) return undefined;
  try {
    const { payload } = await jwtVerify(identity, toKey(secret), {
      // Fixed here, so that a token cannot choose how it is verified.
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'exp'],
    });
    return payload.sub;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function sign(clientId: string, secret: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(clientId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(`${IDENTITY_DAYS}d`)
    .sign(toKey(secret));
}

function toKey(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
