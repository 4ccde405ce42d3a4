import { SessionSchema } from '@chat/contract';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HttpServer } from '@chat/stack/parts';
import { REPOSITORY, WEB_APP } from '../support/paths.ts';
import { useStack } from '../support/stack.ts';
import { startFunctionsDev, type FunctionsDev } from './support/netlify-functions-dev.ts';
import { startNetlifySite } from './support/netlify-site.ts';

/** Page and functions by the parts of Netlify's own local server, against the rest of the system. */
const held = useStack();
let functions: FunctionsDev;
let server: HttpServer;

beforeAll(async () => {
  const { ably, site } = held.stack;
  const env = {
    ABLY_API_KEY: ably.key,
    ABLY_ENDPOINT: ably.endpoint,
    ABLY_PORT: String(ably.port),
    ABLY_TLS: 'false',
    IDENTITY_SECRET: 'x'.repeat(48),
    HISTORY_SECRET: 'x'.repeat(48),
    // Answers as the Lambda does, from the same database; whether the secret is right is the Lambda's own test.
    CHAT_HISTORY_URL: `${site}/.netlify/functions/chat-history`,
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  functions = await startFunctionsDev();
  const publish = join(WEB_APP, '.output/public');
  server = await startNetlifySite({ root: REPOSITORY, publish, callFunction: functions.call });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  await functions?.close();
});

const get = (path: string) => fetch(`${server.url}${path}`);

describe('the functions', () => {
  it('ably-auth answers a session, and the next with its identity the same person', async () => {
    const first = await session({});
    const again = await session({ identity: first.identity });
    expect(again.tokenRequest.clientId).toBe(first.tokenRequest.clientId);
    expect((await session({})).tokenRequest.clientId).not.toBe(first.tokenRequest.clientId);
  });

  it('ably-auth refuses what it does not know, in the words of its own', async () => {
    const put = await fetch(`${server.url}/.netlify/functions/ably-auth`, { method: 'PUT', body: '{}' });
    expect(put.status).toBe(405);
    expect(put.headers.get('allow')).toBe('GET, POST');
    const bad = await fetch(`${server.url}/.netlify/functions/ably-auth`, { method: 'POST', body: 'what' });
    expect(bad.status).toBe(400);
    expect(bad.headers.get('content-type')).toBe('application/problem+json');
  });

  it('chat-history reads the database, and no cache keeps it', async () => {
    await held.query(`insert into chat_data (msg_id, msg_data) values ('one', 'from the past')`);
    const page = await get('/.netlify/functions/chat-history?limit=5');
    expect(await page.json()).toMatchObject({ rows: [{ msg_id: 'one' }] });
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect((await get('/.netlify/functions/chat-history?limit=lots')).status).toBe(400);
  });
});

describe('netlify.toml, as Netlify reads it', () => {
  it('shows the page at every address that is no file', async () => {
    const page = await (await get('/')).text();
    expect(page).toContain('<title>');
    for (const path of ['/some/where', '/index.html', '/?a=b']) {
      const response = await get(path);
      expect({ path, status: response.status, text: await response.text() }).toEqual({
        path,
        status: 200,
        text: page,
      });
    }
  });

  it('says 404 for a script that is gone, and sends nothing in its place', async () => {
    const gone = await get('/_nuxt/gone.js');
    expect(gone.status).toBe(404);
    expect(gone.headers.get('content-type')).not.toMatch(/javascript/);
    expect(gone.headers.get('cache-control')).toBe('no-cache');
  });

  it('sends the page with a policy under which nothing is inline, and its scripts to be kept', async () => {
    const page = await get('/');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toMatch(/unsafe|127\.0\.0\.1|localhost/);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    const [, script = ''] = /src="(\/_nuxt\/[^"]+\.js)"/.exec(await page.text()) ?? [];
    const file = await get(script);
    expect(file.status).toBe(200);
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(file.headers.get('content-type')).toMatch(/javascript/);
  });
});

async function session(body: object) {
  const response = await fetch(`${server.url}/.netlify/functions/ably-auth`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return v.parse(SessionSchema, await response.json());
}
