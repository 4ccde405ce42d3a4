import { HistoryPageSchema, type HistoryPage } from '@chat/contract';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { describe, expect } from 'vitest';
import chatHistory from '../functions/chat-history.ts';
import { fetchHistory } from '../lib/fetch-history.ts';
import { completeEnv, stubEnv, test as base } from './fixtures.ts';

const page: HistoryPage = {
  rows: [
    {
      username: 'Ada',
      msg_id: 'm1',
      msg_data: 'grüezi 👋',
      client_id: 'c1',
      incremental_record_id: 7,
      created_at_timestamp: 1_700_000_000_000,
      is_edited: false,
      revision: 1,
      edited_at_timestamp: null,
    },
  ],
  next: '1700000000000,7',
};

/** A stand-in for the Lambda behind its function URL. */
interface Lambda {
  url: string;
  /** Requests so far. */
  received: IncomingMessage[];
  /** Replaces the response, by default the page above. */
  reply(response: ServerResponse): void;
}

const test = base.extend<{ lambda: Lambda }>({
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
        reply: (response) => void response.end(JSON.stringify(page)),
      };
      stubEnv({ CHAT_HISTORY_URL: lambda.url });
      await use(lambda);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    { auto: true },
  ],
});

const requestHistory = (query = '', method = 'GET') =>
  chatHistory(new Request(`https://chat.example/.netlify/functions/chat-history${query}`, { method }));

test('chat-history: returns the Lambda’s page and forbids caching', async () => {
  const answer = await requestHistory();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(v.parse(HistoryPageSchema, await answer.json())).toEqual(page);
});

test('chat-history: forwards limit and cursor with the secret', async ({ lambda }) => {
  await requestHistory('?limit=10&before=1700000000000,7');
  const [request] = lambda.received;
  expect(new URL(request?.url ?? '', lambda.url).searchParams.toString()).toBe(
    'limit=10&before=1700000000000%2C7',
  );
  expect(request?.headers.authorization).toBe(`Bearer ${completeEnv.HISTORY_SECRET}`);
});

test.for([
  ['?limit=0', 'limit'],
  ['?limit=101', 'limit'],
  ['?limit=ten', 'limit'],
  ['?before=yesterday', 'before'],
  ['?befor=1,2', 'befor'],
])('chat-history: rejects %s by name without calling the Lambda', async ([query, name], { lambda }) => {
  const answer = await requestHistory(query);
  expect(answer.status).toBe(400);
  expect((await answer.json()).problems.join()).toMatch(new RegExp(`^${name}:`));
  expect(lambda.received).toEqual([]);
});

test.for(['POST', 'PUT', 'DELETE', 'OPTIONS'])('chat-history: rejects method %s', async (method) => {
  const answer = await requestHistory('', method);
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('GET');
});

describe('chat-history: answers 502 without secrets and logs the reason when the Lambda', () => {
  const expectUnavailable = async (logged: readonly string[], lambda: Lambda, reason: RegExp) => {
    const answer = await requestHistory();
    expect(answer.status).toBe(502);
    const text = await answer.text();
    expect(text).toMatch(/history cannot be read right now/);
    for (const hidden of [lambda.url, '127.0.0.1', completeEnv.HISTORY_SECRET])
      expect(text).not.toContain(hidden);
    expect(logged.join()).toMatch(reason);
    expect(logged.join()).not.toContain(completeEnv.HISTORY_SECRET);
  };

  test('fails', async ({ lambda, logged }) => {
    lambda.reply = (response) => response.writeHead(500).end('stack trace');
    await expectUnavailable(logged, lambda, /status 500/);
  });

  test('rejects the secret', async ({ lambda, logged }) => {
    lambda.reply = (response) => response.writeHead(401).end();
    await expectUnavailable(logged, lambda, /status 401/);
  });

  test('returns no JSON', async ({ lambda, logged }) => {
    lambda.reply = (response) => response.end('<html>');
    await expectUnavailable(logged, lambda, /JSON/);
  });

  test('returns JSON of another shape', async ({ lambda, logged }) => {
    lambda.reply = (response) => response.end('{"rows":[{"msg_id":1}],"next":null}');
    await expectUnavailable(logged, lambda, /rows/);
  });

  test('redirects, which would send the secret elsewhere', async ({ lambda, logged }) => {
    lambda.reply = (response) => response.writeHead(302, { location: `${lambda.url}/elsewhere` }).end();
    await expectUnavailable(logged, lambda, /redirect/);
    expect(lambda.received).toHaveLength(1);
  });

  test('closes the connection within the body', async ({ lambda, logged }) => {
    lambda.reply = (response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"rows":');
      response.destroy();
    };
    await expectUnavailable(logged, lambda, /terminated|closed|failed/);
  });

  test('is not reachable', async ({ lambda, logged }) => {
    stubEnv({ CHAT_HISTORY_URL: completeEnv.CHAT_HISTORY_URL });
    await expectUnavailable(logged, lambda, /bad port|ECONNREFUSED/);
  });

  test('does not answer in time', async ({ lambda }) => {
    lambda.reply = () => undefined;
    const env = { CHAT_HISTORY_URL: lambda.url, HISTORY_SECRET: completeEnv.HISTORY_SECRET };
    await expect(fetchHistory({ limit: 1 }, env, 50)).rejects.toMatchObject({
      status: 502,
      reason: expect.stringMatching(/timeout/),
    });
  });
});

test('chat-history: logs every problem of its configuration and hides them from the browser', async ({
  logged,
}) => {
  stubEnv({ CHAT_HISTORY_URL: 'ftp://x', HISTORY_SECRET: '' });
  const answer = await requestHistory();
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toMatch(/HISTORY/);
  expect(logged.join()).toMatch(/CHAT_HISTORY_URL.*HISTORY_SECRET/);
});
