import type { ClientConfig } from '@chat/contract';
import type { AuthEnv } from './env.ts';

/** What the page must know about where it runs, so that one build serves every deployment. */
export function toClientConfig(env: AuthEnv): ClientConfig {
  return {
    channels: { outgoing: env.OUTGOING_CHANNEL, incoming: env.INCOMING_CHANNEL },
    ...(env.ABLY_ENDPOINT !== undefined && { ably: toAddress(env.ABLY_ENDPOINT, env) }),
    sourceUrl: env.SOURCE_URL,
  };
}

function toAddress(endpoint: string, { ABLY_PORT: port, ABLY_TLS: tls }: AuthEnv): ClientConfig['ably'] {
  return { endpoint, port: port ?? (tls ? 443 : 80), tls };
}
