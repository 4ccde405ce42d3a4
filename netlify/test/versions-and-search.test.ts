import { describe, expect } from 'vitest';
import chatHistory from '../functions/chat-history.ts';
import chatSearch from '../functions/chat-search.ts';
import chatTimeline from '../functions/chat-timeline.ts';
import messageVersions from '../functions/message-versions.ts';
import { completeEnv } from './fixtures.ts';
import { test } from './lambda.ts';

const FUNCTIONS = {
  'chat-history': chatHistory,
  'chat-search': chatSearch,
  'chat-timeline': chatTimeline,
  'message-versions': messageVersions,
};
const call = (name: keyof typeof FUNCTIONS, query: string, method = 'GET') =>
  FUNCTIONS[name](new Request(`https://chat.example/.netlify/functions/${name}${query}`, { method }));

const version = { revision: 1, content: 'one', at: 5, source: 'chat' };

describe('the functions that read the past', () => {
  test.for([
    ['message-versions', '?id=m%201', '/history/versions?id=m+1', { versions: [version], complete: true }],
    [
      'chat-search',
      '?q=a+b&before=1,2',
      '/history/search?q=a+b&limit=20&before=1%2C2',
      { matches: [], next: null },
    ],
    ['chat-timeline', '', '/history/timeline', { from: null, to: 5, edits: [] }],
    ['chat-history', '?at=5', '/history?limit=50&at=5', { rows: [], next: null }],
  ] as const)(
    '%s%s returns what the Lambda answers at %s',
    async ([name, query, url, answer], { lambda }) => {
      lambda.reply = (response) => void response.end(JSON.stringify(answer));
      const response = await call(name, query);
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toEqual(answer);
      expect(lambda.received[0]).toMatchObject({ url });
      expect(lambda.received[0]?.headers.authorization).toBe(`Bearer ${completeEnv.HISTORY_SECRET}`);
    },
  );

  test.for([
    ['message-versions', '', 'id'],
    ['message-versions', `?id=${'x'.repeat(1_001)}`, 'id'],
    ['chat-search', '?q=', 'q'],
    ['chat-search', '?q=x&limit=100', 'limit'],
    ['chat-timeline', '?at=5', 'at'],
    ['chat-history', '?at=now', 'at'],
  ] as const)(
    '%s rejects %j by name without calling the Lambda',
    async ([name, query, problem], { lambda }) => {
      const response = await call(name, query);
      expect(response.status).toBe(400);
      expect((await response.json()).problems.join()).toMatch(new RegExp(`^${problem}:`));
      expect(lambda.received).toEqual([]);
    },
  );

  test('answer 404 for a message that does not exist', async ({ lambda }) => {
    lambda.reply = (response) => void response.end('{"versions":[],"complete":true}');
    expect((await call('message-versions', '?id=unknown')).status).toBe(404);
  });

  test('answer 502 when an older Lambda answers with a page', async ({ lambda }) => {
    lambda.reply = (response) => void response.end('{"rows":[],"next":null}');
    for (const [name, query] of [
      ['message-versions', '?id=m'],
      ['chat-search', '?q=x'],
      ['chat-timeline', ''],
    ] as const)
      expect((await call(name, query)).status).toBe(502);
  });

  test.for(Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[])('%s rejects other methods', async (name) => {
    expect((await call(name, '', 'POST')).status).toBe(405);
  });
});
