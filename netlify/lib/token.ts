import type { TokenRequest } from '@chat/contract';
import { Rest } from 'ably';
import type { AuthEnv } from './env.ts';

/** One hour: the longest that Ably allows for tokens that can be revoked. In ms. */
const TTL = 3_600_000;

/**
 * A signed request that the browser exchanges with Ably for a token. It fixes who the browser is and what it may do; neither
 * can be changed without the key. Computed here, without asking Ably, so it costs no round trip; it must be used within two minutes.
 */
export async function createTokenRequest(clientId: string, env: AuthEnv): Promise<TokenRequest> {
  const { auth } = new Rest({ key: env.ABLY_API_KEY });
  const request = await auth.createTokenRequest({ clientId, ttl: TTL, capability: capabilityOf(env) });
  return { ...request, clientId };
}

/** Browsers speak on the outgoing channel and are seen there; what they read comes from the connector alone. */
function capabilityOf({ OUTGOING_CHANNEL, INCOMING_CHANNEL }: AuthEnv) {
  return JSON.stringify({
    [OUTGOING_CHANNEL]: ['presence', 'publish', 'subscribe'],
    [INCOMING_CHANNEL]: ['history', 'subscribe'],
  });
}
