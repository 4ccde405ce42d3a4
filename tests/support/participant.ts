import { parseInput, ROUTES, SessionSchema } from '@chat/contract';
import type { Stack } from '@chat/stack';
import * as Ably from 'ably';

type Site = Pick<Stack, 'site' | 'ably'>;

/** Connects a client with a token of the site, as a tab does. */
export async function connectParticipant(site: Site): Promise<Ably.Realtime> {
  const client = new Ably.Realtime(await optionsFor(site));
  await client.connection.once('connected');
  return client;
}

/** Returns the token of a tab, for a client that is not Ably's. */
export async function requestToken(site: Site): Promise<string> {
  return (await new Ably.Rest(await optionsFor(site)).auth.requestToken()).token;
}

async function optionsFor({ site, ably: { endpoint, port } }: Site): Promise<Ably.ClientOptions> {
  const response = await fetch(site + ROUTES.ablyAuth, { method: 'POST', body: '{}' });
  const session = parseInput(SessionSchema, await response.json(), 'session');
  return {
    authCallback: (_params, callback) => callback(null, session.tokenRequest),
    ...{ endpoint, port, tls: false, logLevel: 0 },
  };
}
