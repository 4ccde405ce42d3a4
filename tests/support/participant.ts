import { parseInput, ROUTES, SessionSchema } from '@chat/contract';
import type { Stack } from '@chat/stack';
import * as Ably from 'ably';

/** Connects a client with a token of the site, as a tab does, and as hostile as a token allows. */
export async function connectParticipant(
  stack: Pick<Stack, 'site' | 'ably'>,
  options: Ably.ClientOptions = {},
): Promise<Ably.Realtime> {
  const response = await fetch(stack.site + ROUTES.ablyAuth, { method: 'POST', body: '{}' });
  const session = parseInput(SessionSchema, await response.json(), 'session');
  const { endpoint, port } = stack.ably;
  const client = new Ably.Realtime({
    authCallback: (_params, callback) => callback(null, session.tokenRequest),
    ...{ endpoint, port, tls: false, logLevel: 0 },
    ...options,
  });
  await client.connection.once('connected');
  return client;
}
