import { ROUTES, SessionSchema } from '@chat/contract';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, vi } from 'vitest';
import { REPOSITORY, WEB_APP } from '../support/paths.ts';
import { test as onStack } from '../support/stack.ts';
import { functionSettings } from './support/function-settings.ts';
import { startFunctionsDev } from './support/netlify-functions-dev.ts';
import { startNetlifySite } from './support/netlify-site.ts';

/**
 * Page and functions on the packages of Netlify's own local server, with a local stack behind them.
 */
const test = onStack
  .extend('functions', { scope: 'file' }, async ({ stack, dataDir }, { onCleanup }) => {
    for (const [name, value] of Object.entries(functionSettings(stack, dataDir))) vi.stubEnv(name, value);
    const functions = await startFunctionsDev();
    onCleanup(async () => {
      await functions.close();
      vi.unstubAllEnvs();
    });
    return functions;
  })
  .extend('get', { scope: 'file' }, async ({ functions }, { onCleanup }) => {
    const publish = join(WEB_APP, '.output/public');
    const server = await startNetlifySite({ root: REPOSITORY, publish, callFunction: functions.call });
    onCleanup(() => server.close());
    return (path: string, init?: RequestInit) => fetch(server.url + path, init);
  })
  .extend('session', ({ get }) => async (body: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await get(ROUTES.ablyAuth, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(response.status).toBe(200);
    return v.parse(SessionSchema, await response.json());
  });

test.beforeAll(({ get }) => void get);

describe('the functions on Netlify’s server', () => {
  test('ably-auth answers a session, and the same author for its identity', async ({ session }) => {
    const first = await session({});
    const again = await session({ identity: first.identity });
    expect(again.tokenRequest.clientId).toBe(first.tokenRequest.clientId);
    expect((await session({})).tokenRequest.clientId).not.toBe(first.tokenRequest.clientId);
  });

  test('ably-auth rejects other methods and bodies with its own error response', async ({ get }) => {
    const put = await get(ROUTES.ablyAuth, { method: 'PUT', body: '{}' });
    expect(put.status).toBe(405);
    expect(put.headers.get('allow')).toBe('GET, POST');
    const bad = await get(ROUTES.ablyAuth, { method: 'POST', body: 'not JSON' });
    expect(bad.status).toBe(400);
    expect(bad.headers.get('content-type')).toBe('application/problem+json');
  });

  test('chat-history reads the database, and no cache stores its answer', async ({ get, query }) => {
    await query(`insert into chat_data (msg_id, msg_data) values ('one', 'from the past')`);
    const page = await get(`${ROUTES.chatHistory}?limit=5`);
    expect(await page.json()).toMatchObject({ rows: [{ msg_id: 'one' }] });
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect((await get(`${ROUTES.chatHistory}?limit=lots`)).status).toBe(400);
  });
});

describe('netlify.toml on Netlify’s server', () => {
  test('the page is served at every address that is not a file', async ({ get }) => {
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

  test('a script of an earlier build is a 404, not the page', async ({ get }) => {
    const gone = await get('/_nuxt/gone.js');
    expect(gone.status).toBe(404);
    expect(gone.headers.get('content-type')).not.toMatch(/javascript/);
    expect(gone.headers.get('cache-control')).toBe('no-cache');
  });

  test('the page has a policy that names its inline code by hashes, and its scripts are cached forever', async ({
    get,
  }) => {
    const page = await get('/');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'self'( 'sha256-\S+'){2}; script-src-attr 'none'; style-src 'self' 'sha256-\S+';/,
    );
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
