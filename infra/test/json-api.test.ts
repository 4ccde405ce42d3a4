import { Hono } from 'hono';
import * as v from 'valibot';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createJsonApi, type JsonApi } from '../src/http/json-api.ts';
import { readWait } from '../src/http/rate-limit.ts';
import { createFaults } from './support/faults.ts';
import { serve } from './support/serve.ts';

const Answer = v.object({ fine: v.boolean() });
let faults: ReturnType<typeof createFaults>;
let server: Awaited<ReturnType<typeof serve>>;
let waits: number[];
let api: JsonApi;

beforeEach(async () => {
  faults = createFaults();
  const app = new Hono().use(faults.middleware).all('*', (c) => c.json({ fine: true }));
  server = await serve(app);
  waits = [];
  const wait = (ms: number): Promise<void> => {
    waits.push(ms);
    return Promise.resolve();
  };
  api = createJsonApi({ service: 'Example', baseUrl: server.url, token: 'the-token', wait });
});
afterEach(() => server.close());

const get = () => api.call({ method: 'GET', path: '/thing?secret=1', answer: Answer });
const post = () => api.call({ method: 'POST', path: '/thing', body: {}, answer: Answer });

it('repeats what may be repeated, waiting longer each time', async () => {
  for (let i = 0; i < 3; i += 1) faults.next({ method: 'GET', path: /thing/, status: 502 });
  await expect(get()).resolves.toEqual({ fine: true });
  expect(waits).toEqual([500, 1_000, 2_000]);
});

it('gives up after five tries', async () => {
  for (let i = 0; i < 5; i += 1) faults.next({ method: 'GET', path: /thing/, status: 500 });
  await expect(get()).rejects.toThrow(/Example answered 500 \(a bad moment\) to GET \/thing\./);
  expect(faults.calls).toHaveLength(5);
});

it('never repeats a POST that may have been carried out', async () => {
  faults.next({ method: 'POST', path: /thing/, status: 504 });
  await expect(post()).rejects.toThrow(/504/);
  expect(faults.calls).toHaveLength(1);
});

it('repeats a POST that a limit has kept out', async () => {
  faults.next({ method: 'POST', path: /thing/, status: 429, headers: { 'retry-after': '3' } });
  await expect(post()).resolves.toEqual({ fine: true });
  expect(waits).toEqual([3_000]);
});

it('tells the person when a limit lasts longer than anybody wants to watch', async () => {
  faults.next({ method: 'GET', path: /thing/, status: 429, headers: { 'retry-after': '1800' } });
  await expect(get()).rejects.toThrow(/run the command again in 1800 s/);
  expect(waits).toEqual([]);
});

it('says what a field was refused for, and never the token', async () => {
  const body = { message: 'invalid', errors: { name: ['must be unique'] } };
  faults.next({ method: 'POST', path: /thing/, status: 422, body });
  const failure = post().catch((error: unknown) => String(error));
  await expect(failure).resolves.toMatch(/422 \(invalid \{"name":\["must be unique"\]\}\)/);
  expect(await failure).not.toContain('the-token');
});

it('does not accept an answer of another shape', async () => {
  const call = api.call({ method: 'GET', path: '/thing', answer: v.object({ other: v.string() }) });
  await expect(call).rejects.toThrow(/other: is missing/);
});

it('says that a service cannot be reached', async () => {
  await server.close();
  await expect(get()).rejects.toThrow(/Example could not be reached .* Is this machine online\?/);
});

it('reads a wait in seconds, as a date, and as the moment of a reset', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const wait = (headers: Record<string, string>) => readWait(new Headers(headers), now);
  expect(wait({ 'retry-after': '5' })).toBe(5_000);
  expect(wait({ 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' })).toBe(9_000);
  expect(wait({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1_000 + 4) })).toBe(4_000);
  expect(
    wait({ 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': String(now / 1_000 + 4) }),
  ).toBeUndefined();
  expect(wait({})).toBeUndefined();
});
