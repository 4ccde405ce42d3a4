import { listFunctions } from '@netlify/zip-it-and-ship-it';
import { HistoryPageSchema, ROUTES, SessionSchema } from '@chat/contract';
import { Rest } from 'ably';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect } from 'vitest';
import { REPOSITORY } from '../support/paths.ts';
import { test as onStack } from '../support/stack.ts';
import { startFunctionProcess } from './support/function-process.ts';
import { functionSettings } from './support/function-settings.ts';
import { trafficRules, unpackNetlifyZips } from './support/netlify-zips.ts';

/**
 * The functions, bundled by Netlify's bundler, unpacked outside the repository, and called in a
 * process of their own with a local stack behind them.
 */
const test = onStack
  .extend('folder', { scope: 'file' }, async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), 'chat-netlify-'));
    onCleanup(() => rm(folder, { recursive: true, force: true }));
    return folder;
  })
  .extend('functions', { scope: 'file' }, async ({ folder, stack, dataDir }, { onCleanup }) => {
    const functions = startFunctionProcess(await unpackNetlifyZips(folder), functionSettings(stack, dataDir));
    onCleanup(() => functions.close());
    return functions;
  });
test.beforeAll(({ functions }) => void functions);

const FUNCTIONS = [
  'ably-auth',
  'chat-changes',
  'chat-history',
  'chat-search',
  'chat-timeline',
  'message-versions',
];

const request = (path: string, init?: RequestInit) => new Request(`https://chat.example${path}`, init);

describe('the bundled functions', () => {
  test('are all that the folder has', async () => {
    const found = await listFunctions(join(REPOSITORY, 'netlify/functions'));
    expect(found.map(({ name }) => name).toSorted()).toEqual(FUNCTIONS);
  });

  test('have rate limits for each address, where requests cost the most', async ({ folder }) => {
    const limit = (windowLimit: number) => ({
      type: 'rate_limit',
      config: {
        rateLimitConfig: { windowSize: 60, windowLimit, algorithm: 'sliding_window' },
        aggregate: { keys: [{ type: 'ip' }, { type: 'domain' }] },
      },
    });
    const none = Object.fromEntries(FUNCTIONS.map((name) => [name, undefined]));
    const expected = { ...none, 'ably-auth': limit(120), 'chat-history': limit(300) };
    expect(await trafficRules(folder)).toEqual(expected);
  });

  test('ably-auth issues a token request that Ably accepts', async ({ functions, stack }) => {
    const answer = await functions.call(
      'ably-auth',
      request(ROUTES.ablyAuth, { method: 'POST', body: '{}' }),
    );
    expect(answer.status).toBe(200);
    const { tokenRequest, config } = v.parse(SessionSchema, await answer.json());
    const { endpoint, port } = stack.ably;
    const client = new Rest({ key: 'not.used:here', endpoint, port, tls: false });
    const response = await client.request(
      'post',
      `/keys/${tokenRequest.keyName}/requestToken`,
      6,
      {},
      tokenRequest,
    );
    expect(response.items[0]).toMatchObject({
      clientId: tokenRequest.clientId,
      capability: tokenRequest.capability,
    });
    expect(config.channels).toEqual({ outgoing: 'outgoing-chat', incoming: 'incoming-chat' });
  });

  test('chat-history reads the database', async ({ functions, query }) => {
    await query(`insert into chat_data (msg_id, msg_data) values ('one', 'from the past')`);
    const answer = await functions.call('chat-history', request(`${ROUTES.chatHistory}?limit=5`));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ rows: [{ msg_id: 'one' }] });
  });

  test('chat-changes continues from the cursor of a page', async ({ functions, query }) => {
    const page = await functions.call('chat-history', request(`${ROUTES.chatHistory}?limit=5`));
    const { cursor } = v.parse(HistoryPageSchema, await page.json());
    await query(`insert into chat_data (msg_id, msg_data) values ('two', 'meanwhile')`);
    const since = encodeURIComponent(String(cursor));
    const answer = await functions.call('chat-changes', request(`${ROUTES.chatChanges}?since=${since}`));
    expect(await answer.json()).toMatchObject({
      changes: [{ kind: 'insert', msg_id: 'two' }],
      complete: true,
    });
  });

  test('message-versions, chat-search and chat-timeline find what a message said', async ({
    functions,
    query,
  }) => {
    await query(`insert into chat_data (msg_id, msg_data) values ('edited', 'the old words')`);
    await query(`update chat_data set msg_data = 'others' where msg_id = 'edited'`);
    const get = async (name: string, path: string) =>
      (await functions.call(name, request(path))).json() as unknown;
    const message = { revision: 1, content: 'the old words' };
    expect(await get('message-versions', `${ROUTES.messageVersions}?id=edited`)).toMatchObject({
      versions: [message, { revision: 2, content: 'others' }],
    });
    expect(await get('chat-search', `${ROUTES.chatSearch}?q=old+wor`)).toMatchObject({
      matches: [{ ...message, row: { msg_id: 'edited', msg_data: 'others' } }],
    });
    expect(await get('chat-timeline', ROUTES.chatTimeline)).toMatchObject({ edits: [expect.any(Number)] });
  });

  test('chat-history rejects a malformed query', async ({ functions }) => {
    const answer = await functions.call('chat-history', request(`${ROUTES.chatHistory}?limit=lots`));
    expect(answer.status).toBe(400);
  });
});
