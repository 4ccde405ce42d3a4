import { temporaryFolder } from '@chat/processes/testing';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startSite } from '../src/site/site.ts';

const TOML = `
[build]
  publish = "site/public"
[functions]
  directory = "functions"
[[redirects]]
  from = "/old/*"
  to = "/new/:splat"
[[redirects]]
  from = "/_nuxt/*"
  to = "/404.html"
  status = 404
[[redirects]]
  from = "/*"
  to = "/index.html"
  status = 200
[[headers]]
  for = "/*"
  [headers.values]
    X-Frame-Options = "DENY"
    Cache-Control = "no-cache"
[[headers]]
  for = "/_nuxt/*"
  [headers.values]
    Cache-Control = "public, max-age=31536000, immutable"
`;

const HEADERS = `
# Written by the build
/*
  Content-Security-Policy: default-src 'none'; connect-src 'self'; img-src https://*.example.org
`;

const FUNCTIONS: Record<string, string> = {
  'hello.ts': `export default async (request: Request, context: { ip: string; requestId: string }) =>
      Response.json({ method: request.method, query: new URL(request.url).search, body: await request.text(),
        ip: context.ip, id: context.requestId, word: process.env.WORD, path: process.env.PATH ?? null });`,
  'fails.ts': `export default () => { throw new Error('the password is 123'); };`,
  'routed.ts': `export default (_: Request, context: { params: Record<string, string> }) => new Response(context.params.name);
      export const config = { path: '/people/:name', method: 'GET' };`,
};

/** Starts a site with the settings above and a secret beside its public folder. */
async function startTestSite(extra: Record<string, string> = {}) {
  const root = await temporaryFolder();
  const files: Record<string, string> = {
    'netlify.toml': TOML,
    'site/public/_headers': HEADERS,
    'site/public/index.html': '<h1>The page</h1>',
    'site/public/404.html': '<h1>Gone</h1>',
    'site/public/_nuxt/entry.abc123.js': 'export {};',
    'site/public/favicon.svg': '<svg/>',
    'site/secret.txt': 'not public',
    ...Object.fromEntries(Object.entries(FUNCTIONS).map(([name, source]) => [`functions/${name}`, source])),
    ...extra,
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), content);
  }
  const lines: string[] = [];
  const running = await startSite({
    root,
    port: 0,
    connectOrigins: ['http://127.0.0.1:4000', 'ws://127.0.0.1:4000'],
    env: { WORD: 'value' },
    log: (_part: string, line: string) => lines.push(line),
  });
  onTestFinished(() => running.close());
  const get = (path: string, init?: RequestInit) =>
    fetch(`${running.url}${path}`, { redirect: 'manual', ...init });
  return { get, url: running.url, lines };
}

test('the site: sends files with their type and the headers of netlify.toml', async () => {
  const { get } = await startTestSite();
  const page = await get('/');
  expect(page.headers.get('content-type')).toMatch(/^text\/html/);
  expect(page.headers.get('x-frame-options')).toBe('DENY');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const script = await get('/_nuxt/entry.abc123.js');
  expect(script.headers.get('content-type')).toMatch(/^text\/javascript/);
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect((await get('/favicon.svg')).headers.get('content-type')).toMatch(/^image\/svg\+xml/);
});

test('the site: adds the local broker to the page’s security policy, and changes nothing else', async () => {
  const { get } = await startTestSite();
  expect((await get('/')).headers.get('content-security-policy')).toBe(
    "default-src 'none'; connect-src 'self' http://127.0.0.1:4000 ws://127.0.0.1:4000; img-src https://*.example.org",
  );
});

test('the site: compresses what is worth it, for browsers that accept that', async () => {
  const { get } = await startTestSite({ 'site/public/_nuxt/long.abc123.js': 'export {};\n'.repeat(1_000) });
  const sent = async (path: string, accepted: string) => {
    const { headers } = await get(path, { headers: { 'accept-encoding': accepted } });
    return headers.get('content-encoding');
  };
  expect(await sent('/_nuxt/long.abc123.js', 'br, gzip')).toBe('gzip');
  expect(await sent('/_nuxt/long.abc123.js', 'identity')).toBeNull();
  expect(await sent('/_nuxt/entry.abc123.js', 'gzip')).toBeNull();
});

test('the site: serves the page for other paths, and redirects moved ones', async () => {
  const { get } = await startTestSite();
  const deep = await get('/rooms/42');
  expect([deep.status, await deep.text()]).toEqual([200, '<h1>The page</h1>']);
  const moved = await get('/old/a/b');
  expect([moved.status, moved.headers.get('location')]).toEqual([301, '/new/a/b']);
});

test('the site: does not let browsers cache the 404 page as a missing script', async () => {
  const { get } = await startTestSite();
  const gone = await get('/_nuxt/entry.older.js');
  expect([gone.status, await gone.text()]).toEqual([404, '<h1>Gone</h1>']);
  expect(gone.headers.get('cache-control')).toBe('no-cache');
});

test('the site: answers 304 to a browser that has the page', async () => {
  const { get } = await startTestSite();
  const tag = (await get('/')).headers.get('etag') as string;
  const again = await get('/', { headers: { 'if-none-match': tag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
  expect(again.headers.get('content-security-policy')).toContain('connect-src');
});

test.each([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/_nuxt/..%2f..%2fsecret.txt',
  '/..\\secret.txt',
])('the site: serves nothing outside its public folder at %s', async (path) => {
  const { get } = await startTestSite();
  expect(await (await get(path)).text()).not.toContain('not public');
});

test('a Netlify function: receives the request, a context, and an environment of its own', async () => {
  const { get } = await startTestSite();
  const response = await get('/.netlify/functions/hello?a=1', { method: 'POST', body: 'words' });
  const answer = (await response.json()) as Record<string, unknown>;
  expect(answer).toMatchObject({
    method: 'POST',
    query: '?a=1',
    body: 'words',
    ip: '127.0.0.1',
    word: 'value',
    path: null,
  });
  expect(answer['id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(response.headers.get('x-frame-options')).toBeNull(); // a header for files only
});

test('a Netlify function: may choose its path and method', async () => {
  const { get } = await startTestSite();
  expect(await (await get('/people/ada')).text()).toBe('ada');
  expect((await get('/people/ada', { method: 'POST' })).status).toBe(404);
});

test('a Netlify function: reports an exception to the log, not to the visitor', async () => {
  const { get, lines } = await startTestSite();
  const response = await get('/.netlify/functions/fails');
  expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error']);
  await vi.waitFor(() => expect(lines.join()).toContain('the password is 123'));
});

test('a Netlify function: rejects a request above Netlify’s 6 MB', async () => {
  const { get } = await startTestSite();
  const body = 'x'.repeat(6 * 1_048_576 + 1);
  expect((await get('/.netlify/functions/hello', { method: 'POST', body })).status).toBe(413);
});

test('a start of the site: names a file that exports no function', async () => {
  await expect(startTestSite({ 'functions/wrong.ts': 'export const handler = 1;' })).rejects.toThrow(
    /wrong\.ts.*must export a function/,
  );
});

test('a start of the site: names a line of _headers that it cannot read', async () => {
  await expect(startTestSite({ 'site/public/_headers': '/*\n  no header' })).rejects.toThrow(/"no header"/);
});

test('a start of the site: names a mistake in netlify.toml', async () => {
  await expect(startTestSite({ 'netlify.toml': '[build]\npublish = 3' })).rejects.toThrow(/build\.publish/);
});
