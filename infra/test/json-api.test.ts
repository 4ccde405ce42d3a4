import { Hono } from 'hono';
import * as v from 'valibot';
import { describe, expect, test as base } from 'vitest';
import { createJsonApi, type JsonApi } from '../src/http/json-api.ts';
import { readRetryAfter } from '../src/http/retry-after.ts';
import { createFaults } from './support/faults.ts';
import { serve } from './support/serve.ts';

const Answer = v.object({ fine: v.boolean() });

/**
 * `api`: a client of `server`, which answers `{ fine: true }` except for its `faults`; `waits`
 * before retries, in ms.
 */
const test = base
  .extend('faults', () => createFaults())
  .extend('server', async ({ faults }, { onCleanup }) => {
    const server = await serve(new Hono().use(faults.middleware).all('*', (c) => c.json({ fine: true })));
    onCleanup(() => server.close());
    return server;
  })
  .extend('waits', (): number[] => [])
  .extend('api', ({ server, waits }) =>
    createJsonApi({
      service: 'Example',
      baseUrl: server.url,
      token: 'the-token',
      wait: (ms) => Promise.resolve(void waits.push(ms)),
    }),
  );

const get = (api: JsonApi) => api.call({ method: 'GET', path: '/thing?secret=1', answer: Answer });
const post = (api: JsonApi) => api.call({ method: 'POST', path: '/thing', body: {}, answer: Answer });

describe('createJsonApi', () => {
  test('retries an idempotent call with exponential backoff', async ({ api, faults, waits }) => {
    for (let i = 0; i < 3; i += 1) faults.next({ method: 'GET', path: /thing/, status: 502 });
    await expect(get(api)).resolves.toEqual({ fine: true });
    expect(waits).toEqual([500, 1_000, 2_000]);
  });

  test('gives up after five attempts', async ({ api, faults }) => {
    for (let i = 0; i < 5; i += 1) faults.next({ method: 'GET', path: /thing/, status: 500 });
    await expect(get(api)).rejects.toThrow(/Example answered 500 \(injected fault\) to GET \/thing\./);
    expect(faults.calls).toHaveLength(5);
  });

  test('never retries a POST that may have taken effect', async ({ api, faults }) => {
    faults.next({ method: 'POST', path: /thing/, status: 504 });
    await expect(post(api)).rejects.toThrow(/504/);
    expect(faults.calls).toHaveLength(1);
  });

  test('retries a POST that a rate limit rejected, after Retry-After', async ({ api, faults, waits }) => {
    faults.next({ method: 'POST', path: /thing/, status: 429, headers: { 'retry-after': '3' } });
    await expect(post(api)).resolves.toEqual({ fine: true });
    expect(waits).toEqual([3_000]);
  });

  test('reports a rate limit that lasts longer than a minute', async ({ api, faults, waits }) => {
    faults.next({ method: 'GET', path: /thing/, status: 429, headers: { 'retry-after': '1800' } });
    await expect(get(api)).rejects.toThrow(/run the command again in 1800 s/);
    expect(waits).toEqual([]);
  });

  test('reports the rejected field and never the token', async ({ api, faults }) => {
    const body = { message: 'invalid', errors: { name: ['must be unique'] } };
    faults.next({ method: 'POST', path: /thing/, status: 422, body });
    const failure = post(api).catch((error: unknown) => String(error));
    await expect(failure).resolves.toMatch(/422 \(invalid \{"name":\["must be unique"\]\}\)/);
    expect(await failure).not.toContain('the-token');
  });

  test('rejects an answer that does not match the schema', async ({ api }) => {
    const call = api.call({ method: 'GET', path: '/thing', answer: v.object({ other: v.string() }) });
    await expect(call).rejects.toThrow(/other: is missing/);
  });

  test('reports a service that cannot be reached', async ({ api, server }) => {
    await server.close();
    await expect(get(api)).rejects.toThrow(/Example could not be reached .* Is this machine online\?/);
  });
});

test('readRetryAfter reads seconds, a date, and the time of a reset', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const wait = (headers: Record<string, string>) => readRetryAfter(new Headers(headers), now);
  expect(wait({ 'retry-after': '5' })).toBe(5_000);
  expect(wait({ 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' })).toBe(9_000);
  expect(wait({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1_000 + 4) })).toBe(4_000);
  expect(
    wait({ 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': String(now / 1_000 + 4) }),
  ).toBeUndefined();
  expect(wait({})).toBeUndefined();
});
