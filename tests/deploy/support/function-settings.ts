import type { Stack } from '@chat/stack';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

const SecretsSchema = v.pipe(v.string(), v.parseJson(), v.object({ historySecret: v.string() }));

/** The environment of the Netlify functions, for a local stack in place of Ably and the Lambda. */
export function functionSettings({ ably, lambda }: Stack, dataDir: string): Record<string, string> {
  const { historySecret } = v.parse(SecretsSchema, readFileSync(join(dataDir, 'memory.json'), 'utf8'));
  return {
    ABLY_API_KEY: ably.key,
    ABLY_ENDPOINT: ably.endpoint,
    ABLY_PORT: String(ably.port),
    ABLY_TLS: 'false',
    IDENTITY_SECRET: 'x'.repeat(48),
    HISTORY_SECRET: historySecret,
    CHAT_HISTORY_URL: `${lambda}/url/chat-history`,
  };
}
