import type pg from 'pg';
import { withClient } from './databases.ts';
import { test as base } from './fixtures.ts';
import { databaseEnv, startInstance, type Answer } from './functions.ts';

export const SECRET = 'a secret of some length';

/** An instance of chat-history, whose role has the documented grants, and the database's owner. */
export interface Chat {
  client: pg.Client;
  history(event: unknown): Promise<Answer>;
}

export const test = base.extend<{ history: Chat }>({
  history: [
    async ({ databases }, use) => {
      const url = await databases.create();
      await withClient(url, async (client) => {
        await client.query(`create role reader login password 'reader';
          grant select on chat_data to reader; 
          grant execute on function chat_changes, chat_message_versions, chat_history_at, chat_search,
            chat_timeline to reader`);
        const env = { ...databaseEnv(url), PGUSER: 'reader', PGPASSWORD: 'reader', HISTORY_SECRET: SECRET };
        const history = await startInstance('chat-history', env);
        await use({ client, history });
        await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chat-lambda'`,
        );
      });
    },
    { scope: 'file' },
  ],
});

/** Builds a function URL event, payload format 2.0, with the fields AWS sets for a plain GET. */
export function request(
  query?: Record<string, string>,
  { method = 'GET', authorization = `Bearer ${SECRET}`, path = '/' } = {},
) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { authorization, host: 'x.lambda-url.eu-west-1.on.aws' },
    ...(query && { queryStringParameters: query }),
    requestContext: { http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' } },
    isBase64Encoded: false,
  };
}
