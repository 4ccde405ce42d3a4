import { ChatChangesSchema, type ChatChanges } from '@chat/contract';
import * as v from 'valibot';
import { expect } from 'vitest';
import chatChanges from '../functions/chat-changes.ts';
import { completeEnv, stubEnv } from './fixtures.ts';
import { test } from './lambda.ts';

const CURSOR = '1700000000000~10:20:11,12';
const answer: ChatChanges = {
  changes: [{ kind: 'delete', msg_id: 'm1' }],
  cursor: '1700000000001~21:21:',
  complete: true,
};

const requestChanges = (query = '', method = 'GET') =>
  chatChanges(new Request(`https://chat.example/.netlify/functions/chat-changes${query}`, { method }));

test('chat-changes: returns the Lambda’s answer and forbids caching', async ({ lambda }) => {
  lambda.reply = (response) => void response.end(JSON.stringify(answer));
  const response = await requestChanges(`?since=${CURSOR}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(v.parse(ChatChangesSchema, await response.json())).toEqual(answer);
});

test('chat-changes: asks below the Lambda’s address, with the cursor and the secret', async ({ lambda }) => {
  await requestChanges(`?since=${encodeURIComponent(CURSOR)}`);
  stubEnv({ CHAT_HISTORY_URL: `${lambda.url}/` });
  await requestChanges();
  const urls = lambda.received.map(({ url }) => new URL(url ?? '', lambda.url));
  expect(urls.map(({ pathname }) => pathname)).toEqual(['/history/changes', '/history/changes']);
  expect(urls.map(({ searchParams }) => searchParams.get('since'))).toEqual([CURSOR, null]);
  expect(lambda.received[0]?.headers.authorization).toBe(`Bearer ${completeEnv.HISTORY_SECRET}`);
});

test.for([
  ['?since=', 'since'],
  ['?since=yesterday', 'since'],
  ['?since=5~20:10:', 'since'],
  [`?since=5~1:99999:${'2,'.repeat(2_000)}2`, 'since'],
  ['?before=1,2', 'before'],
])('chat-changes: rejects %s by name without calling the Lambda', async ([query, name], { lambda }) => {
  const response = await requestChanges(query);
  expect(response.status).toBe(400);
  expect((await response.json()).problems.join()).toMatch(new RegExp(`^${name}:`));
  expect(lambda.received).toEqual([]);
});

test.for(['POST', 'PUT', 'DELETE', 'OPTIONS'])('chat-changes: rejects method %s', async (method) => {
  const response = await requestChanges('', method);
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET');
});

test.for([
  ['rejects the query', 400, '{"error":{"message":"since: is unknown"}}', 'status 400'],
  ['does not know the path', 404, '', 'status 404'],
  ['answers with a history page', 200, '{"rows":[],"next":null}', 'changes'],
] as const)(
  'chat-changes: answers 502, with the reason in the log, when an older Lambda %s',
  async ([, status, body, reason], { lambda, logged }) => {
    lambda.reply = (response) => void response.writeHead(status).end(body);
    const response = await requestChanges(`?since=${CURSOR}`);
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/history cannot be read right now/);
    expect(logged.join()).toContain(reason);
  },
);
