import { HistoryPageSchema, type HistoryPage } from '@chat/contract';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import chatHistory from '../functions/chat-history.ts';
import { fetchHistory } from '../lib/fetch-history.ts';
import { completeEnv, stubEnv, useFunctions } from './support.ts';

const { logged } = useFunctions();

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

/** Stands in for the Lambda behind its function URL. */
let upstream: Server;
let upstreamUrl: string;
let received: IncomingMessage[];
let reply: (response: ServerResponse) => void;

beforeEach(async () => {
  received = [];
  reply = (response) => response.end(JSON.stringify(page));
  upstream = createServer((request, response) => {
    received.push(request);
    reply(response);
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/history`;
  stubEnv({ CHAT_HISTORY_URL: upstreamUrl });
});

afterEach(async () => {
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

const ask = (query = '', method = 'GET') =>
  chatHistory(new Request(`https://chat.example/.netlify/functions/chat-history${query}`, { method }));

test('answers the page that the Lambda gave, and lets nobody store it', async () => {
  const answer = await ask();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(v.parse(HistoryPageSchema, await answer.json())).toEqual(page);
});

test('passes on limit and cursor, and shows the secret', async () => {
  await ask('?limit=10&before=1700000000000,7');
  const [request] = received;
  expect(new URL(request?.url ?? '', upstreamUrl).searchParams.toString()).toBe(
    'limit=10&before=1700000000000%2C7',
  );
  expect(request?.headers.authorization).toBe(`Bearer ${completeEnv.HISTORY_SECRET}`);
});

test.each([
  ['?limit=0', 'limit'],
  ['?limit=101', 'limit'],
  ['?limit=ten', 'limit'],
  ['?before=yesterday', 'before'],
  ['?befor=1,2', 'befor'],
])('refuses %s, naming the fault, without asking the Lambda', async (query, name) => {
  const answer = await ask(query);
  expect(answer.status).toBe(400);
  expect((await answer.json()).problems.join()).toMatch(new RegExp(`^${name}:`));
  expect(received).toEqual([]);
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is refused, naming what is allowed', async (method) => {
  const answer = await ask('', method);
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('GET');
});

describe('when the Lambda gives no page, the browser hears 502 and no secret, the log hears why', () => {
  const expectUnavailable = async (reason: RegExp) => {
    const answer = await ask();
    expect(answer.status).toBe(502);
    const text = await answer.text();
    expect(text).toMatch(/history cannot be read right now/);
    for (const hidden of [upstreamUrl, '127.0.0.1', completeEnv.HISTORY_SECRET])
      expect(text).not.toContain(hidden);
    expect(logged.join()).toMatch(reason);
    expect(logged.join()).not.toContain(completeEnv.HISTORY_SECRET);
  };

  test('it fails', async () => {
    reply = (response) => response.writeHead(500).end('stack trace');
    await expectUnavailable(/status 500/);
  });

  test('it refuses our secret', async () => {
    reply = (response) => response.writeHead(401).end();
    await expectUnavailable(/status 401/);
  });

  test('it answers no JSON', async () => {
    reply = (response) => response.end('<html>');
    await expectUnavailable(/JSON/);
  });

  test('it answers another shape', async () => {
    reply = (response) => response.end('{"rows":[{"msg_id":1}],"next":null}');
    await expectUnavailable(/rows/);
  });

  test('it sends us elsewhere, where the secret must not go', async () => {
    reply = (response) => response.writeHead(302, { location: `${upstreamUrl}/elsewhere` }).end();
    await expectUnavailable(/redirect/);
    expect(received).toHaveLength(1);
  });

  test('it breaks off', async () => {
    reply = (response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"rows":');
      response.destroy();
    };
    await expectUnavailable(/terminated|closed|failed/);
  });

  test('it is not there', async () => {
    stubEnv({ CHAT_HISTORY_URL: completeEnv.CHAT_HISTORY_URL });
    await expectUnavailable(/bad port|ECONNREFUSED/);
  });

  test('it does not answer in time', async () => {
    reply = () => undefined;
    const env = { CHAT_HISTORY_URL: upstreamUrl, HISTORY_SECRET: completeEnv.HISTORY_SECRET };
    await expect(fetchHistory({ limit: 1 }, env, 50)).rejects.toMatchObject({
      status: 502,
      reason: expect.stringMatching(/timeout/),
    });
  });
});

test('a wrong configuration is told to the log, all at once, and not to the browser', async () => {
  stubEnv({ CHAT_HISTORY_URL: 'ftp://x', HISTORY_SECRET: '' });
  const answer = await ask();
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toMatch(/HISTORY/);
  expect(logged.join()).toMatch(/CHAT_HISTORY_URL.*HISTORY_SECRET/);
});
