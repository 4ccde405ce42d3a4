import { errors, jwtVerify, SignJWT } from 'jose';

/**
 * Who a tab is: a random clientId, and a credential that proves it to us later, so that nobody can claim another's and
 * edit their messages. The credential is a JWT that only we sign and only we read; to the tab it is opaque.
 */
export interface Person {
  readonly clientId: string;
  readonly identity: string;
}

const ALGORITHM = 'HS256';
const ISSUER = 'ably-auth';
/** Keeps a credential apart from any other JWT that somebody signs with the same secret. */
const AUDIENCE = 'chat-identity';

/** Renewed with every token, so it only runs out for a tab that was closed, or asleep, for this long. */
const LIFETIME = '30d';

/**
 * The person of a valid credential, renewed; someone new for none, or for one that is expired, tampered with or signed
 * with another secret. That is not an error: a secret that was rotated must not lock people out.
 */
export async function recognize(presented: string | undefined, secret: string): Promise<Person> {
  const known = presented === undefined ? undefined : await verify(presented, secret);
  const clientId = known ?? crypto.randomUUID();
  return { clientId, identity: await sign(clientId, secret) };
}

async function verify(presented: string, secret: string): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(presented, keyOf(secret), {
      // Named, so that a credential cannot choose how it is checked.
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
    .setExpirationTime(LIFETIME)
    .sign(keyOf(secret));
}

function keyOf(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
