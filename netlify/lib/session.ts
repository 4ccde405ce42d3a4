import type { ClientConfig, Session, TokenRequest } from '@chat/contract';
import { Rest } from 'ably';
import type { AuthEnv } from './env.ts';
import type { Author } from './identity.ts';

/** In ms. One hour is Ably's maximum for revocable tokens. */
const TOKEN_TTL = 3_600_000;

export async function createSession({ clientId, identity }: Author, env: AuthEnv): Promise<Session> {
  return { tokenRequest: await createTokenRequest(clientId, env), identity, config: toClientConfig(env) };
}

/**
 * Signs a request that the browser exchanges with Ably for a token. The signature covers the
 * clientId and the capability. Needs no call to Ably. Ably accepts it for two minutes.
 */
export async function createTokenRequest(clientId: string, env: AuthEnv): Promise<TokenRequest> {
  const { auth } = new Rest({ key: env.ABLY_API_KEY });
  const request = await auth.createTokenRequest({ clientId, ttl: TOKEN_TTL, capability: toCapability(env) });
  return { ...request, clientId };
}

/**
 * A client can neither attach to the outgoing channel, where a message that no client can decode
 * would end every attachment, nor publish on the incoming one, which is the connector's.
 */
function toCapability({ OUTGOING_CHANNEL, INCOMING_CHANNEL }: AuthEnv): string {
  return JSON.stringify({
    [OUTGOING_CHANNEL]: ['publish'],
    [INCOMING_CHANNEL]: ['history', 'presence', 'subscribe'],
  });
}

/** The page learns its deployment at run time, so that one build serves every deployment. */
function toClientConfig(env: AuthEnv): ClientConfig {
  return {
    channels: { outgoing: env.OUTGOING_CHANNEL, incoming: env.INCOMING_CHANNEL },
    ...(env.ABLY_ENDPOINT !== undefined && { ably: toAddress(env.ABLY_ENDPOINT, env) }),
    sourceUrl: env.SOURCE_URL,
  };
}

function toAddress(endpoint: string, { ABLY_PORT: port, ABLY_TLS: tls }: AuthEnv): ClientConfig['ably'] {
  return { endpoint, port: port ?? (tls ? 443 : 80), tls };
}
