import { listFunctions, zipFunctions } from '@netlify/zip-it-and-ship-it';
import { unzipSync } from 'fflate';
import { SessionSchema } from '@chat/contract';
import { Rest } from 'ably';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { REPOSITORY } from '../../local/src/paths.ts';
import { useStack } from '../support/stack.ts';
import { startFunctionProcess, type FunctionProcess } from './support/function-process.ts';

/**
 * The functions are bundled by Netlify's own bundler, unpacked where nothing of this repository is near, and called in a
 * process of their own, against the rest of the system.
 */
const held = useStack();
let folder: string;
let functions: FunctionProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chat-netlify-'));
  const zips = await zipFunctions(join(REPOSITORY, 'netlify/functions'), join(folder, 'zips'), {
    basePath: REPOSITORY,
    repositoryRoot: REPOSITORY,
  });
  const entries: Record<string, string> = {};
  for (const { name, path } of zips) entries[name] = await unpack(await readFile(path), join(folder, name));
  const { ably, site } = held.stack;
  functions = startFunctionProcess(entries, {
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
  const { status, body } = await functions.call('ably-auth', { method: 'POST', body: '{}' });
  expect(status).toBe(200);
  const { tokenRequest, config } = v.parse(SessionSchema, JSON.parse(body));
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
  const { status, body } = await functions.call('chat-history', { method: 'GET', query: '?limit=5' });
  expect({ status, page: JSON.parse(body) as unknown }).toMatchObject({
    status: 200,
    page: { rows: [{ msg_id: 'one' }] },
  });
});

it('chat-history refuses a query that is none', async () => {
  expect(await functions.call('chat-history', { method: 'GET', query: '?limit=lots' })).toMatchObject({
    status: 400,
  });
});

async function unpack(zip: Uint8Array, target: string): Promise<string> {
  const files = unzipSync(zip);
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith('/')) continue;
    await mkdir(dirname(join(target, name)), { recursive: true });
    await writeFile(join(target, name), content);
  }
  const entry = Object.keys(files).find((name) => /^netlify\/functions\/[\w-]+\.mjs$/.test(name));
  if (entry === undefined) throw new Error(`No function among ${Object.keys(files).slice(0, 20).join(', ')}`);
  return join(target, entry);
}
