import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stubEnv, test as base } from './fixtures.ts';

/** A stand-in for the Lambda behind its function URL. */
export interface Lambda {
  url: string;
  /** Requests so far. */
  received: IncomingMessage[];
  /** Sends the response; by default an empty object. */
  reply(response: ServerResponse): void;
}

export const test = base.extend<{ lambda: Lambda }>({
  lambda: [
    async ({}, use) => {
      const server = createServer((request, response) => {
        lambda.received.push(request);
        lambda.reply(response);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const lambda: Lambda = {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/history`,
        received: [],
        reply: (response) => void response.end('{}'),
      };
      stubEnv({ CHAT_HISTORY_URL: lambda.url });
      await use(lambda);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    { auto: true },
  ],
});
