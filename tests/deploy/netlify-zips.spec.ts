import { listFunctions } from '@netlify/zip-it-and-ship-it';
import { SessionSchema } from '@chat/contract';
import { Rest } from 'ably';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { REPOSITORY } from '../support/paths.ts';
import { useStack } from '../support/stack.ts';
import { startFunctionProcess, type FunctionProcess } from './support/function-process.ts';
import { unpackNetlifyZips } from './support/netlify-zips.ts';

/**
 * The functions are bundled by Netlify's own bundler, unpacked where nothing of this repository is near, and called in a
 * process of their own, against the rest of the system.
 */
const held = useStack();
let folder: string;
let functions: FunctionProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chat-netlify-'));
  const { ably, site } = held.stack;
  functions = startFunctionProcess(await unpackNetlifyZips(folder), {
    ABLY_API_KEY: ably.key,
    ABLY_ENDPOINT: ably.endpoint,
    ABLY_PORT: String(ably.port),
    ABLY_TLS: 'false',
    IDENTITY_SECRET: 'x'.repeat(48),
    HISTORY_SECRET: 'x'.repeat(48),
    // Answers as the Lambda does, from the same database; whether the secret is right is the Lambda's own test.
    CHAT_HISTORY_URL: `${site}/.netlify/functions/chat-history`,
  });
});
afterAll(async () => {
  await functions?.close();
  await rm(folder, { recursive: true, force: true });
});

it('are all there', async () => {
  const found = await listFunctions(join(REPOSITORY, 'netlify/functions'));
  expect(found.map(({ name }) => name).toSorted()).toEqual(['ably-auth', 'chat-history']);
});

it('ably-auth hands out a token that Ably takes', async () => {
  const answer = await functions.call('ably-auth', asked('ably-auth', { method: 'POST', body: '{}' }));
  expect(answer.status).toBe(200);
  const { tokenRequest, config } = v.parse(SessionSchema, await answer.json());
  const { endpoint, port } = held.stack.ably;
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

it('chat-history reads the database', async () => {
  await held.query(`insert into chat_data (msg_id, msg_data) values ('one', 'from the past')`);
  const answer = await functions.call('chat-history', asked('chat-history?limit=5'));
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ rows: [{ msg_id: 'one' }] });
});

it('chat-history refuses a query that is none', async () => {
  const answer = await functions.call('chat-history', asked('chat-history?limit=lots'));
  expect(answer.status).toBe(400);
});

function asked(what: string, init?: RequestInit): Request {
  return new Request(`https://chat.example/.netlify/functions/${what}`, init);
}
