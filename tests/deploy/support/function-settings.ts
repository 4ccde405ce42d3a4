import { ROUTES } from '@chat/contract';
import type { Stack } from '@chat/stack';

/** The environment of the Netlify functions, for a local stack in place of Ably and the Lambda. */
export function functionSettings({ ably, site }: Stack): Record<string, string> {
  return {
    ABLY_API_KEY: ably.key,
    ABLY_ENDPOINT: ably.endpoint,
    ABLY_PORT: String(ably.port),
    ABLY_TLS: 'false',
    IDENTITY_SECRET: 'x'.repeat(48),
    HISTORY_SECRET: 'x'.repeat(48),
    // Answers as the Lambda does, from the same database. The tests of the Lambda check the secret.
    CHAT_HISTORY_URL: site + ROUTES.chatHistory,
  };
}
