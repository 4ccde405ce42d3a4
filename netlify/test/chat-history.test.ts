import { HistoryPageSchema, type HistoryPage } from '@chat/contract';
import * as v from 'valibot';
import { describe, expect } from 'vitest';
import chatHistory from '../functions/chat-history.ts';
import { fetchHistory } from '../lib/fetch-history.ts';
import { completeEnv, stubEnv } from './fixtures.ts';
import { test, type Lambda } from './lambda.ts';

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

test.beforeEach(({ lambda }) => {
  lambda.reply = (response) => void response.end(JSON.stringify(page));
});

const requestHistory = (query = '', method = 'GET') =>
  chatHistory(new Request(`https://chat.example/.netlify/functions/chat-history${query}`, { method }));

test('chat-history: returns the Lambda’s page and forbids caching', async () => {
  const answer = await requestHistory();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(v.parse(HistoryPageSchema, await answer.json())).toEqual(page);
});

test('chat-history: returns times and record ids that a number cannot represent, digit by digit', async ({
  lambda,
}) => {
  const text = JSON.stringify(page)
    .replace(':1700000000000,', ':-9223372036854775807,')
    .replace('"incremental_record_id":7', '"incremental_record_id":9223372036854775806')
    .replace('grüezi 👋', 'call 12345678901234567890, \\"quoted\\"');
  lambda.reply = (response) => void response.end(text);
  const answer = await requestHistory();
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(await answer.text()).toBe(text);
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

  test('answers with a hostile page, of which the log shows at most 200 characters', async ({
    lambda,
    logged,
  }) => {
    lambda.reply = (response) => response.end(`\u2028\u202e\u001b[2J${'x'.repeat(5_000)}`);
    await expectUnavailable(logged, lambda, /is not valid JSON/);
    expect(logged.join()).not.toMatch(/x{201}|[\p{Cc}\p{Cf}\p{Zl}]/u);
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
    await expect(fetchHistory(HistoryPageSchema, {}, env, { timeout: 50 })).rejects.toMatchObject({
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
